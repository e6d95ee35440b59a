import fs from 'node:fs';
import { changed } from './mutant.mjs';
import { firstFailure } from './test_files.mjs';

/** Runs tests with a mistake, and knows the time of each file without one. */
export class TestRun {
  #tree;
  #memory;
  #floor;
  #times;
  #seconds;
  #first;
  #signal;
  #broken = new Set(); // fail without a mistake

  /** `seconds`: time for the tests of a mistake. `first`: files that run before the nearest ones. */
  constructor({ tree, memory, floor, seconds, first = [], signal }) {
    [this.#tree, this.#memory, this.#floor, this.#seconds, this.#signal] = [tree, memory, floor, seconds, signal];
    this.#first = new Set(first);
    this.#times = fs.existsSync(memory) ? JSON.parse(fs.readFileSync(memory, 'utf8')) : {};
  }

  /**
   * Whether a test notices the mistake in the copy: `by` which, or the number of files that `ran` without noticing it.
   */
  async verdict({ file, change }, text) {
    const { native, jest } = this.#floor.testsFor(file, (test) => this.#times[test] ?? 5000);
    const [nearest = '', ...others] = native;
    const skipped = new Set();
    for (const pattern of nearest ? [nearest] : []) {
      const name = await this.#floor.firstNativeFailure(pattern, { signal: this.#signal, skipped });
      if (name) return { by: { file: pattern, name } };
    }
    let ran = 0;
    const isFirst = (one) => this.#first.has(one);
    let left = this.#affordable([...jest.filter(isFirst), ...jest.filter((one) => !isFirst(one))]);
    while (left.length > 0) {
      const failure = await firstFailure(this.#tree, left, {
        limitOf: (one) => this.#limitOf(one),
        onPassed: (one, milliseconds) => {
          ran += 1;
          left = left.filter((other) => other !== one);
          this.#remember(one, milliseconds);
        },
        signal: this.#signal,
      });
      if (!failure) break;
      const limit = this.#limitOf(failure.file);
      if (this.#times[failure.file] !== undefined) return { by: failure };
      this.#floor.restore(file, text);
      this.#floor.write(file, text);
      const passes = await this.#passes(failure.file);
      if (passes && limit >= this.#limitOf(failure.file)) return { by: failure };
      this.#floor.write(file, changed(text, change));
      if (!passes) left = left.filter((one) => one !== failure.file);
    }
    for (const pattern of others) {
      const name = await this.#floor.firstNativeFailure(pattern, { signal: this.#signal, skipped });
      if (name) return { by: { file: pattern, name } };
    }
    return { by: undefined, ran };
  }

  /**
   * The first of these files that together take no longer than --seconds, without those that fail without a mistake.
   */
  #affordable(files) {
    let left = 1000 * this.#seconds;
    return files
      .filter((file) => !this.#broken.has(file))
      .filter((file) => {
        left -= this.#times[file] ?? 5000;
        return left >= 0;
      });
  }

  /** Five times the time of a file without a mistake, and half a minute for other load on the machine. */
  #limitOf(file) {
    return this.#times[file] === undefined ? 120_000 : 30_000 + 5 * this.#times[file];
  }

  async #passes(file) {
    const failure = await firstFailure(this.#tree, [file], {
      limitOf: () => 600_000,
      onPassed: (one, milliseconds) => this.#remember(one, milliseconds),
      signal: this.#signal,
    });
    if (!failure) return true;
    console.log(`${file} fails without a mistake and is left out: ${failure.name}`);
    this.#broken.add(file);
    return false;
  }

  #remember(file, milliseconds) {
    if (this.#times[file] !== undefined) return;
    this.#times[file] = Math.round(milliseconds);
    fs.writeFileSync(this.#memory, JSON.stringify(this.#times, undefined, 1));
  }
}
