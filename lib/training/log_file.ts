import fs from 'node:fs';
import path from 'node:path';
import { warn } from '../checks/warn.js';
import { fileError } from '../formats/files.js';
import { makeFolder } from '../formats/folders.js';

const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK = 0 } = fs.constants; // O_NONBLOCK: opening a pipe without a reader fails

/** Paths of files to which the last write failed. Runs of one training share a file. */
const failing = new Set<string>();

/** Whether the last write to a log failed. */
export const isFailing = (file: string): boolean => failing.has(path.resolve(file));

/**
 * A file that a run appends its log to, piece by piece. Each piece is written synchronously: an epoch takes a few
 * hundred bytes, and they have reached the system before anyone receives the report of the epoch or the end of the run.
 * The file is opened for each piece, because writing to an open file whose folder was removed raises no error. If a
 * write fails, a warning says so once, until another one succeeds, and the run goes on.
 */
export class LogFile {
  readonly #path: string;
  readonly #head: () => Uint8Array;

  /**
   * Makes the folder if it is missing.
   *
   * @param head What an empty file begins with.
   */
  constructor(file: string, head: () => Uint8Array) {
    this.#path = path.resolve(file);
    this.#head = head;
    this.#attempt(() => makeFolder(path.dirname(file)));
  }

  append(piece: () => Uint8Array): void {
    this.#attempt(() => {
      const file = fs.openSync(this.#path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o666);
      try {
        const { size } = fs.fstatSync(file);
        try {
          if (size === 0) writeAll(file, this.#head());
          writeAll(file, piece());
        } catch (error) {
          removeFrom(file, size);
          throw error;
        }
      } finally {
        fs.closeSync(file);
      }
      failing.delete(this.#path);
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (failing.has(this.#path)) return;
      failing.add(this.#path);
      const { message } = fileError(`can't log the run in ${this.#path}`, error);
      warn('GLISSADE_LOG', `${message}. The run goes on; what can't be written is left out.`);
    }
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(file, bytes, done);
}

/** Takes back a piece that was written in part. A device keeps what it has. */
function removeFrom(file: number, size: number): void {
  try {
    fs.ftruncateSync(file, size);
  } catch {
    // The error of the write is reported.
  }
}
