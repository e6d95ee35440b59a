// Builds and runs the native tests. The last line is "N passed, N failed".
//   node test/native/run.mjs [release | address | thread | valgrind | arm64]
// address: with the address, leak and undefined-behaviour sanitizers. thread: with the thread sanitizer. valgrind:
// under valgrind. arm64: cross-compiled and emulated.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const variant = process.argv[2] ?? 'release';
const folder = path.join(root, 'build-cmake', variant, 'build'); // `npm run build:cmake` has the one of `release` too

// With sanitizers, optimised code takes several times as long to compile, and other code several times as long to run.
// These flags fuse the same multiplications as -O3, so tests that compare bits pass. The sanitizers don't detect a
// pointer that is computed before the beginning of an array but not read. A test of a team must request a team
// (`onTeam`): one member has no races.
const quick = ['-DCMAKE_CXX_FLAGS_RELEASE=-O1 -fexpensive-optimizations', '-DGLISSADE_WHOLE_ROOMS=ON'];

const variants = {
  release: {},
  address: {
    configure: [...quick, '-DGLISSADE_SANITIZE=address,undefined'],
    // GCC 12 misaligns AVX-512 variables on this option's fake stack (GCC bug 110027).
    environment: { ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=0' },
  },
  thread: { configure: [...quick, '-DGLISSADE_SANITIZE=thread'] },
  valgrind: {
    configure: [
      '-DCMAKE_BUILD_TYPE=RelWithDebInfo',
      '-DCMAKE_CROSSCOMPILING_EMULATOR=valgrind;--quiet;--error-exitcode=1;--leak-check=full;--errors-for-leak-kinds=definite',
    ],
    select: ['--exclude-regex', 'denormals'], // valgrind's floating-point unit does not flush
  },
  arm64: { configure: [`-DCMAKE_TOOLCHAIN_FILE=${path.join(import.meta.dirname, 'aarch64.cmake')}`] },
};
if (!Object.hasOwn(variants, variant))
  throw new Error(`unknown variant "${variant}": one of ${Object.keys(variants).join(', ')}`);
const { configure = [], environment = {}, select = [] } = variants[variant];

const report = path.join(folder, 'tests.xml');
fs.rmSync(report, { force: true }); // the report of an earlier run must not be read

const jobs = process.env.JOBS ?? String(os.availableParallelism());
execFileSync('cmake', ['-S', root, '-B', folder, '-DGLISSADE_TESTS=ON', ...configure], { stdio: 'inherit' });
execFileSync('cmake', ['--build', folder, '--parallel', jobs], { stdio: 'inherit' });

const { status } = spawnSync(
  'ctest',
  [
    '--test-dir',
    folder,
    '--parallel',
    jobs,
    '--output-on-failure',
    '--no-tests=error',
    '--output-junit',
    report,
    ...select,
  ],
  { stdio: 'inherit', env: { ...process.env, ...environment } },
);
const xml = fs.readFileSync(report, 'utf8');
const count = (what) => Number(new RegExp(`<testsuite[^>]*\\s${what}="(\\d+)"`).exec(xml)[1]);
const failed = count('failures');
console.log(
  `native tests (${variant}): ${count('tests') - failed - count('skipped') - count('disabled')} passed, ${failed} failed`,
);
process.exitCode = status;
