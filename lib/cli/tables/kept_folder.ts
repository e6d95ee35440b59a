import fs from 'node:fs/promises';
import path from 'node:path';
import { errorWith } from '../../errors.js';
import { isTemporary, ofFiles, removeIfEmpty, unlessMissing } from '../../formats/files.js';
import { makeFolder } from '../../formats/folders.js';
import { isSearchJournal } from '../../tables/train/search_journal.js';
import { isTrainingFolder } from '../../tables/train/training_folder.js';
import { differenceOf } from '../../training/other_training.js';
import { isWithin } from '../writable.js';
import { shellWord } from './shell_word.js';

/** The folder in which `--resume` keeps the state of a search and a training, beside the model. */
export class KeptFolder {
  readonly folder: string;
  /** The file of the search. */
  readonly search: string;
  /** The folder for checkpoints of the training. */
  readonly training: string;

  constructor(out: string) {
    this.folder = `${out}.progress`;
    this.search = path.join(this.folder, 'search.jsonl');
    this.training = path.join(this.folder, 'training');
  }

  /**
   * Fails before anything is read if a folder of this name has other contents, or if it would contain an output.
   *
   * @throws GlissadeError `ERR_FILE`; TypeError `ERR_INVALID_ARGUMENT`.
   */
  async check(outputs: Readonly<Record<string, string | undefined>>): Promise<void> {
    for (const [option, output] of Object.entries(outputs))
      if (output !== undefined && (await isWithin(this.folder, output)))
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `--${option}: ${output} is in ${this.folder}, the folder of --resume; give another place`,
        );
    const names = await ofFiles(`can't use the folder ${this.folder}`, () =>
      unlessMissing(fs.readdir(this.folder), []),
    );
    if (names.every(isTemporary)) return;
    if ((await isSearchJournal(this.search)) || (await isTrainingFolder(this.training))) return;
    throw errorWith(
      'ERR_FILE',
      `${this.folder} has files that --resume did not write; move them, or give another --out`,
    );
  }

  /** Adds the command that starts afresh to the error of `work` if the folder belongs to another training. */
  async withAdvice<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const difference = differenceOf(error);
      if (difference === undefined) throw error;
      const removal =
        process.platform === 'win32' ? `remove the folder ${this.folder}` : `type rm -r ${shellWord(this.folder)}`;
      const way = `to start afresh, ${removal}, or give another --out to keep it`;
      throw errorWith('ERR_INVALID_ARGUMENT', `${difference}; ${way}`, error);
    }
  }

  async make(): Promise<void> {
    await ofFiles(`can't use the folder ${this.folder}`, async () => makeFolder(this.folder));
  }

  /** Removes the file of the search, and the folder if it is then empty. The training removes its own checkpoints. */
  async remove(): Promise<void> {
    await ofFiles(`can't empty the folder ${this.folder}`, async () => {
      await fs.rm(this.search, { force: true });
      await removeIfEmpty(this.folder);
    });
  }
}
