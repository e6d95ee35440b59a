import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** @typedef {{ steps: number, features: number[], target: number }} Learned `steps`: of the trainer, with this one. */

/**
 * What was learned since the checkpoints, a line of JSON for each example.
 *
 * Lines are written before requests are answered, so they outlive the process. They are not synced: with its power, a
 * machine may lose the last seconds of them. A service that may not calls `fs.fdatasync` before it answers.
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
   * What was learned after a checkpoint of `steps`, in order. Who resumes from there learns it again, in the steps that
   * follow. From now on its lines stand for those steps.
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

  /** Forgets what checkpoints of `steps` and more hold: the older file, once that is all of it. */
  forget(/** @type {number} */ steps) {
    if (this.#last.older > steps) return;
    fs.renameSync(this.#files.newer, this.#files.older);
    const newer = fs.openSync(this.#files.newer, 'a');
    fs.closeSync(this.#newer); // only now: if the folder refuses, lines still go to a journal
    this.#newer = newer;
    this.#last.older = this.#last.newer;
  }

  #write(/** @type {object} */ entry) {
    fs.appendFileSync(this.#newer, `\n${JSON.stringify(entry)}`); // the line before may have been cut off
  }
}

/** Undefined for a line that was cut off, by a kill or a full disk. Its request was not answered with success. */
function parsed(/** @type {string} */ line) {
  try {
    return JSON.parse(line);
  } catch {}
}

/** Numbers what was learned after `steps` as the steps that follow, and returns it. */
function renumber(/** @type {Learned[]} */ learned, /** @type {number} */ steps) {
  const later = learned.filter((entry) => entry.steps > steps);
  for (const [i, entry] of later.entries()) entry.steps = steps + i + 1;
  return later;
}
