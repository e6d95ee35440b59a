// Runs the jest suite, or folders of it, where some tests can't pass: they are left out, each with a reason.
import fs from 'node:fs';
import path from 'node:path';

/**
 * Tests that are expected to fail in some environment, and why.
 *
 * @typedef {object} LeftOut
 * @property {string} file The beginning of the file's path.
 * @property {string} [test] A part of the test's full name. Default: every test of these files.
 * @property {string} reason
 */

/** Counts results of tests. `others` are those that are left out, by the list or by the tests themselves. */
export class Tally {
  passed = 0;
  others = 0;
  failures = [];
  #list;
  #used = new Set();

  /** @param {LeftOut[]} list */
  constructor(list) {
    this.#list = list;
  }

  /** Adds what jest_results.cjs has written. */
  add({ testResults }) {
    for (const { name, assertionResults, message } of testResults) {
      const file = name.replaceAll('\\', '/').replace(/^.*?\/(test|lib)\//, '$1/');
      if (assertionResults.length === 0) this.#fail(file, '', message.split('\n', 1)[0]);
      for (const { fullName, status } of assertionResults) {
        if (status === 'passed') this.passed += 1;
        else if (status === 'failed') this.#fail(file, fullName, fullName);
        else this.others += 1;
      }
    }
  }

  #fail(file, test, what) {
    const entry = this.#list.find((one) => file.startsWith(one.file) && test.includes(one.test ?? ''));
    if (entry) this.others += 1;
    else this.failures.push(`${file}: ${what}`);
    this.#used.add(entry);
  }

  /** Entries of the list by which no test has failed. */
  idle() {
    return this.#list.filter((one) => !this.#used.has(one)).map(({ file, test }) => (test ? `${file}: ${test}` : file));
  }

  /** The part of all tests that have passed. */
  get part() {
    return this.passed / (this.passed + this.others + this.failures.length);
  }

  toString() {
    return `${this.passed} passed, ${this.others} left out, ${this.failures.length} failed`;
  }
}

/**
 * Runs the tests in parts, each in a process of its own: what the modules of a test file hold is freed with it.
 *
 * @param {object} host
 * @param {string} host.folder For the results.
 * @param {(args: string[], name: string, variables: Record<string, string>) => unknown} host.run Runs Node to its end.
 * @param {(file: string) => string} [host.pathFor] The path of a file as that Node sees it.
 * @param {object} tests
 * @param {LeftOut[]} tests.leftOut
 * @param {string[]} [tests.paths] Folders of tests. Default: all.
 * @param {number} tests.shards The number of parts.
 * @param {number} [tests.leastPart] The least fraction of all tests that must pass. Default: 0.
 * @param {string[]} [tests.wanted] The parts to run, from '1'. Default: all.
 * @throws if a test fails that is not left out. Where all parts run, also if too few tests pass or an entry of the list
 *   leaves nothing out.
 */
export async function runSuite(host, { leftOut, paths = [], shards, leastPart = 0, wanted = [] }) {
  const { folder, run, pathFor = (file) => file } = host;
  const tally = new Tally(leftOut);
  const parts = wanted.length > 0 ? wanted.map(Number) : Array.from({ length: shards }, (_, i) => i + 1);
  for (const shard of parts) {
    const file = path.join(folder, `suite-${shard}.json`);
    fs.rmSync(file, { force: true });
    const jest = ['node_modules/jest/bin/jest.js', ...paths, '--runInBand', `--shard=${shard}/${shards}`];
    const reporters = ['--reporters=default', '--reporters=<rootDir>/scripts/jest_results.cjs'];
    await run([...jest, ...reporters], `suite-${shard}`, { GLISSADE_TEST_RESULTS: pathFor(file) });
    if (fs.existsSync(file)) tally.add(JSON.parse(fs.readFileSync(file, 'utf8')));
    else tally.failures.push(`part ${shard} wrote no results`);
    console.log(`part ${shard} of ${shards}: ${tally} so far`);
  }
  if (tally.failures.length > 0) throw new Error(`tests failed:\n${tally.failures.join('\n')}`);
  if (parts.length < shards) return;
  console.log(`${(100 * tally.part).toFixed(1)} % of all tests pass`);
  if (tally.part < leastPart) throw new Error(`fewer than ${100 * leastPart} % of all tests pass`);
  const idle = tally.idle();
  if (idle.length > 0) throw new Error(`the list leaves out what does not fail: ${idle.join('; ')}`);
}
