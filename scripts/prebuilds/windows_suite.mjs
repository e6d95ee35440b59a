// Runs the whole jest suite with Node for Windows, under Wine or on Windows itself, and compares the tests that fail
// with the list of those that are left out.
import fs from 'node:fs';
import path from 'node:path';
import { leftOut } from './windows_left_out.mjs';

/** The part of all tests that must pass. */
const leastPart = 0.97;
/** Parts of the suite, each in a process of its own: memory that a module of a test file holds is freed with it. */
const shards = 24;

/**
 * Runs the suite, or some of its parts, such as `5` and `12`.
 * @param host.folder for the results
 * @param host.run runs Node with arguments, a name for the files with what it prints, and more variables
 * @param host.pathFor the path of a file as Node sees it
 * @param host.isWine whether Windows is Wine's
 */
export function runSuite(host, wanted = []) {
  const judge = new Judge(leftOut.filter(({ ofWine }) => host.isWine || !ofWine));
  const parts = wanted.length > 0 ? wanted.map(Number) : Array.from({ length: shards }, (_, i) => i + 1);
  for (const shard of parts) {
    const file = path.join(host.folder, `suite-${shard}.json`);
    fs.rmSync(file, { force: true });
    const jest = ['node_modules/jest/bin/jest.js', '--runInBand', `--shard=${shard}/${shards}`];
    const reporters = ['--reporters=default', '--reporters=<rootDir>/scripts/prebuilds/results.cjs'];
    host.run([...jest, ...reporters], `suite-${shard}`, { GLISSADE_TEST_RESULTS: host.pathFor(file) });
    if (fs.existsSync(file)) judge.add(JSON.parse(fs.readFileSync(file, 'utf8')));
    else judge.failures.push(`part ${shard} wrote no results: see ${path.join(host.folder, `suite-${shard}.err`)}`);
    const { passed, others, failures } = judge;
    console.log(`part ${shard} of ${shards}: ${passed} passed, ${others} left out, ${failures.length} failed so far`);
  }
  const part = judge.passed / (judge.passed + judge.others + judge.failures.length);
  console.log(`${(100 * part).toFixed(1)} % of all tests pass`);
  if (judge.failures.length > 0) throw new Error(`tests failed:\n${judge.failures.join('\n')}`);
  if (part < leastPart) throw new Error(`fewer than ${100 * leastPart} % of all tests pass`);
  const idle = parts.length === shards ? judge.idle() : [];
  if (idle.length > 0) throw new Error(`windows_left_out.mjs leaves out what does not fail: ${idle.join('; ')}`);
}

/** Counts the tests of jest's results. `others` are those that are left out, by the list or by the tests themselves. */
export class Judge {
  passed = 0;
  others = 0;
  failures = [];
  #used = new Set();

  constructor(list) {
    this.list = list;
  }

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
    const entry = this.list.find((one) => file.startsWith(one.file) && test.includes(one.test ?? ''));
    if (entry) this.others += 1;
    else this.failures.push(`${file}: ${what}`);
    this.#used.add(entry);
  }

  /** Entries of the list that no test has failed by. */
  idle() {
    return this.list.filter((one) => !this.#used.has(one)).map(({ file, test }) => (test ? `${file}: ${test}` : file));
  }
}
