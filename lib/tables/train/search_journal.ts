import fs from 'node:fs/promises';
import { isPlainObject } from '../../checks/kinds.js';
import { errorWith } from '../../errors.js';
import { ofFiles, unlessMissing, writeAtomically } from '../../formats/files.js';
import { checkSame, type Identity } from './identity.js';
import type { NetworkSetting } from './setting.js';

/** The result of a training of a trial. */
export interface Attempt {
  readonly trial: number;
  /** The limit of epochs; null if early stopping alone ends the training. */
  readonly most: number | null;
  /** Epochs that it took. */
  readonly epochs: number;
  /** The smallest mean loss on rows set aside; null if it diverged. */
  readonly loss: number | null;
  readonly seconds: number;
}

/** The attempts by trial and limit of epochs, and the file that stores them, if any, a JSON object per line. */
export class SearchJournal {
  readonly #file: string | undefined;
  readonly #attempts = new Map<string, Attempt>();

  private constructor(file: string | undefined) {
    this.#file = file;
  }

  /**
   * Reads or creates the file. An incomplete last line is ignored.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` if the file belongs to another search; GlissadeError `ERR_FILE`, `ERR_CORRUPT_FILE`.
   */
  static async open(file: string | undefined, identity: Identity): Promise<SearchJournal> {
    const journal = new SearchJournal(file);
    if (file !== undefined) await journal.#open(file, identity);
    return journal;
  }

  async #open(file: string, identity: Identity): Promise<void> {
    const text = await ofFiles(`can't read ${file}`, () => unlessMissing(fs.readFile(file, 'utf8'), ''));
    const lines = text.split('\n').slice(0, -1);
    if (lines.length === 0 && text.length > 0) throw notOurs(file);
    const [head, ...attempts] = lines.map((line) => parsed(file, line));
    if (head && !isPlainObject(head.search)) throw notOurs(file);
    if (head) checkSame(`the search in ${file}`, head.search as Identity, identity);
    this.keep(attempts as unknown as Attempt[]);
    const whole = head ? lines : [JSON.stringify({ search: identity })];
    await writeAtomically(file, Buffer.from(`${whole.join('\n')}\n`));
  }

  find(trial: number, most: number | null): Attempt | undefined {
    return this.#attempts.get(`${trial} ${most}`);
  }

  attempts(): Attempt[] {
    return [...this.#attempts.values()];
  }

  /** Adds attempts that the file, or that of the first rank, already has. */
  keep(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) this.#attempts.set(`${attempt.trial} ${attempt.most}`, attempt);
  }

  async add(attempt: Attempt, setting: NetworkSetting): Promise<void> {
    this.keep([attempt]);
    const file = this.#file;
    if (file === undefined) return;
    await ofFiles(`can't write ${file}`, () => fs.appendFile(file, `${JSON.stringify({ ...attempt, ...setting })}\n`));
  }
}

/** Whether a file belongs to a search. */
export async function isSearchJournal(file: string): Promise<boolean> {
  try {
    const [head] = (await fs.readFile(file, 'utf8')).split('\n', 1) as [string];
    return isPlainObject(parsed(file, head).search);
  } catch {
    return false;
  }
}

const notOurs = (file: string) =>
  errorWith('ERR_CORRUPT_FILE', `${file} is not the file of a search; choose another one`);

function parsed(file: string, line: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(line);
    if (isPlainObject(json)) return json as Record<string, unknown>;
  } catch {}
  throw notOurs(file);
}
