import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** @typedef {{ steps: number, features: number[], target: number }} Learned `steps`: the trainer's, this example included. */

/**
 * The examples learned since the checkpoints, one line of JSON each.
 *
 * Lines are written before requests are answered, so they survive the process. They are not synced: if the machine
 * loses its power, the last seconds of them may be lost. A service that needs them calls `fs.fdatasync` before it answers.
 */
export class Journal {
  #files;
  #newer;
  /** `steps` of the last example in either file. */
  #last = { older: 0, newer: 0 };

  constructor(/** @type {string} */ folder) {
    this.#files = { older: path.join(folder, 'journal.1.jsonl'), newer: path.join(folder, 'journal.jsonl') };
    this.#newer = fs.openSync(this.#files.newer, 'a');
  }

  /**
   * The examples learned after a checkpoint of `steps`, in order. A trainer that resumes from there learns them again.
   * The examples are renumbered by these new steps.
   */
  async resume(/** @type {number} */ steps) {
    /** @type {Learned[]} */
    const learned = [];
    for (const file of [this.#files.older, this.#files.newer].filter((file) => fs.existsSync(file)))
      for await (const line of createInterface({ input: fs.createReadStream(file) })) {
        const entry = parsed(line);
        if (entry?.resumedAt !== undefined) renumber(learned, entry.resumedAt);
        else if (entry) learned.push(entry);
      }
    const again = renumber(learned, steps);
    this.#write({ resumedAt: steps });
    this.#last = { older: steps + again.length, newer: steps + again.length };
    return again;
  }

  append(/** @type {Learned} */ learned) {
    this.#write(learned);
    this.#last.newer = learned.steps;
  }

  /** Removes the older file once all its examples are in checkpoints of `steps` or more; the newer file replaces it. */
  forget(/** @type {number} */ steps) {
    if (this.#last.older > steps) return;
    fs.renameSync(this.#files.newer, this.#files.older);
    const newer = fs.openSync(this.#files.newer, 'a');
    fs.closeSync(this.#newer); // only now: if the folder refuses, lines still go to a journal
    this.#newer = newer;
    this.#last.older = this.#last.newer;
  }

  #write(/** @type {object} */ entry) {
    fs.appendFileSync(this.#newer, `\n${JSON.stringify(entry)}`); // the line before may be incomplete
  }
}

/** Undefined for an incomplete line, after a kill or on a full disk. Its request was not answered with success. */
function parsed(/** @type {string} */ line) {
  try {
    return JSON.parse(line);
  } catch {}
}

/** Numbers the examples learned after `steps` as the steps that follow, and returns them. */
function renumber(/** @type {Learned[]} */ learned, /** @type {number} */ steps) {
  const later = learned.filter((entry) => entry.steps > steps);
  for (const [i, entry] of later.entries()) entry.steps = steps + i + 1;
  return later;
}
