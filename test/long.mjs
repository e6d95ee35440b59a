// npm run test:long -- [--minutes 1] [other options of the soak]
// Runs the tests that take long, then random cases for some minutes (test/soak). The last line counts both.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-long-'));

/** Runs a command that writes a report. Returns the numbers of passed and failed tests: 0 and 1 without a report. */
function run(...parameters) {
  const report = path.join(folder, 'report.json');
  fs.rmSync(report, { force: true });
  const { status } = spawnSync(process.execPath, parameters, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, GLISSADE_TEST_REPORT: report },
  });
  const { passed, failed } = fs.existsSync(report) ? JSON.parse(fs.readFileSync(report)) : { passed: 0, failed: 1 };
  return { passed, failed: Math.max(failed, Number(status !== 0)) };
}

const given = process.argv.slice(2);
const minutes = given.includes('--minutes') ? [] : ['--minutes', '1'];
const runs = [
  run('node_modules/jest/bin/jest.js', '-c', 'jest.long.config.mjs'),
  run('test/soak/main.cjs', ...minutes, ...given),
];
fs.rmSync(folder, { recursive: true });

const sum = (key) => runs.reduce((total, one) => total + one[key], 0);
const total = { passed: sum('passed'), failed: sum('failed') };
if (process.env.GLISSADE_TEST_REPORT) fs.writeFileSync(process.env.GLISSADE_TEST_REPORT, JSON.stringify(total));
console.log(`long run: ${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
