import fs from 'node:fs';
import path from 'node:path';
import { addon } from '../addon/index.js';
import { isWhole } from '../formats/checked.js';
import { checkPath, ofFiles, removeIfEmpty, withSource } from '../formats/files.js';
import { makeFolder } from '../formats/folders.js';

const pattern = /^checkpoint-(\d{6,15})\.safetensors$/;
const temporary = /^\.checkpoint-\d{6,15}\.safetensors\.tmp$/;

const fileOf = (folder: string, number: number): string =>
  path.join(folder, `checkpoint-${String(number).padStart(6, '0')}.safetensors`);

/** Numbers of the checkpoints among the names of a folder, in order. */
const numbersIn = (names: readonly string[]): number[] =>
  names
    .map((name) => Number(pattern.exec(name)?.[1]))
    .filter(Number.isSafeInteger)
    .sort((a, b) => a - b);

/** A folder of numbered checkpoints. Higher numbers are newer. */
export class CheckpointFolder {
  readonly #folder: string;
  readonly #keep: number;
  #numbers: number[] = [];

  constructor(folder: string, keep: number) {
    this.#folder = folder;
    this.#keep = keep;
  }

  /** Makes the folder if it is missing, lists it, and removes files that killed processes left half written. */
  open(): void {
    makeFolder(this.#folder);
    const names = fs.readdirSync(this.#folder);
    this.#numbers = numbersIn(names);
    for (const name of names) if (temporary.test(name)) addon.removeAbandoned(path.join(this.#folder, name));
  }

  /** The next file, and those that are not kept once it is written. */
  next(): { file: string; obsolete: string[] } {
    const file = fileOf(this.#folder, (this.#numbers.at(-1) ?? 0) + 1);
    const count = Math.max(0, this.#numbers.length + 1 - this.#keep);
    return { file, obsolete: this.#numbers.slice(0, count).map((number) => fileOf(this.#folder, number)) };
  }

  /** The next file has been written. */
  noteWritten(): void {
    this.#numbers.push((this.#numbers.at(-1) ?? 0) + 1);
    this.#numbers = this.#numbers.slice(-this.#keep);
  }
}

/**
 * Removes the checkpoints of a folder and files that killed processes left half written, and then the folder if it is
 * empty.
 */
export async function removeCheckpoints(folder: string): Promise<void> {
  for (const name of await fs.promises.readdir(folder))
    if (pattern.test(name) || temporary.test(name)) await fs.promises.rm(path.join(folder, name), { force: true });
  await removeIfEmpty(folder);
}

/**
 * Finds the newest whole checkpoint in the folder of a run, for {@link Trainer.resume}.
 *
 * @returns Its path; undefined if there is none, or no folder.
 * @throws TypeError unless `folder` is a path; GlissadeError `ERR_FILE` if the file system refuses.
 */
export async function newestCheckpoint(folder: string | URL): Promise<string | undefined> {
  const place = checkPath('folder', folder);
  const names = await ofFiles(`can't read ${place}`, () =>
    fs.promises.readdir(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    }),
  );
  for (const number of numbersIn(names).reverse()) {
    const file = fileOf(place, number);
    if (await withSource('file', file, isWhole)) return file;
  }
  return undefined;
}
