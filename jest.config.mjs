// Several test files run at a time, and perhaps other things beside them: more threads, and of low priority, would mostly
// wait for each other. Tests of threads set their number.
process.env.GLISSADE_THREADS ??= '1';
process.env.GLISSADE_PRIORITY ??= 'normal';
// A thread that waits for another sleeps at once: beside other tests it would spin in vain, for three quarters of the time.
process.env.GOMP_SPINCOUNT ??= '0';

/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  maxWorkers: '100%', // one less, the default, is half of a machine with two processors
  testEnvironment: '<rootDir>/test/environment.cjs',
  globalSetup: '<rootDir>/test/fresh_build.mjs',
  reporters: ['default', ...(process.env.GLISSADE_TEST_REPORT ? ['<rootDir>/test/report.cjs'] : [])],
  testTimeout: 30_000, // so that a busy machine fails nothing
  // A look at a global of jest's realm takes 200 ns, at one of these none: laboratory and references run 2 to 4 times as fast.
  sandboxInjectedGlobals: [
    'Math',
    'Number',
    'Object',
    'Array',
    'Float32Array',
    'Float64Array',
    'Uint32Array',
    'Uint8Array',
    'Infinity',
  ],
  transform: { '\\.c?ts$': ['ts-jest', { tsconfig: '<rootDir>/test/tsconfig.json' }] },
  moduleFileExtensions: ['ts', 'cts', 'js', 'cjs', 'mjs', 'json', 'node'],
  // The tests run the sources, whose imports name the files that the compiler will write.
  moduleNameMapper: {
    '^glissade$': '<rootDir>/lib/index.ts',
    '^glissade/lab$': '<rootDir>/lib/lab/index.ts',
    '^\\./load\\.cjs$': '<rootDir>/lib/addon/load.cts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'],
  },
};
