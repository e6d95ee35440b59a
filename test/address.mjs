// npm run check:address -- [files]
// Runs tests of rooms that use the addon in jest's own processes, with the addon compiled for the address sanitizer.
// Needs GCC. Unlike the native tests, they give the core arrays of JavaScript, which end where they end.
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'build-cmake', 'address-addon');
const rooms = [
  ...['arrays', 'curvature', 'data', 'golden', 'hostile', 'layers', 'losses', 'metrics', 'minimize', 'models'],
  ...['optimizers', 'training', 'lab/counter_models', 'lab/experiments'],
];

execFileSync(
  'npx',
  [
    'cmake-js',
    'compile',
    '--target=glissade',
    `--out=${path.join(folder, 'build')}`,
    '--CDGLISSADE_TESTS=OFF',
    '--CDGLISSADE_WHOLE_ROOMS=ON',
    '--CDGLISSADE_SANITIZE=address',
    '--CDCMAKE_CXX_FLAGS_RELEASE=-O1 -fexpensive-optimizations',
  ],
  { cwd: root, stdio: 'inherit' },
);

const given = process.argv.slice(2);
const library = execFileSync('c++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/jest/bin/jest.js',
    '--testTimeout=3600000',
    '--testPathIgnorePatterns=memory.test.ts', // the sanitizer's memory would count
    '--', // the option before takes any number of patterns
    ...(given.length > 0 ? given : rooms.map((room) => `test/${room}`)),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      LD_PRELOAD: library,
      GLISSADE_PREBUILD: folder, // read by node-gyp-build
      // Node keeps what it has allocated until its end. GCC 12 misaligns AVX-512 variables on this option's fake stack.
      ASAN_OPTIONS: 'detect_leaks=0:detect_stack_use_after_return=0:allocator_may_return_null=1',
    },
  },
);
process.exit(status ?? 1);
