// npm run check:valgrind
// Runs program.mjs, with the built addon, under valgrind's memcheck. A read of uninitialised memory, a read or write beyond
// an allocation or of freed memory, and unreferenced memory at the end are failures, in the addon and in Node. No
// suppressions are needed: V8 makes no machine code at run time (--jitless), and Node's own is clean.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const leaks = ['--leak-check=full', '--errors-for-leak-kinds=definite', '--show-leak-kinds=definite'];
const { status, error } = spawnSync(
  'valgrind',
  [
    '--quiet',
    '--error-exitcode=1',
    '--num-callers=30',
    ...leaks,
    process.execPath,
    '--jitless',
    path.join(import.meta.dirname, 'program.mjs'),
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      GLISSADE_ISA: process.arch === 'x64' ? 'avx2' : 'neon', // valgrind does not know AVX-512
      GLISSADE_THREADS: '2',
      GLISSADE_PRIORITY: 'normal',
    },
  },
);
if (error)
  console.error(error.code === 'ENOENT' ? 'valgrind is not installed (apt-get install valgrind)' : error.message);
process.exitCode = status ?? 1;
