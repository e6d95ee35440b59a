import os from 'node:os';

// Several test files run at once. More threads than one each, or threads of low priority, would mostly wait for each
// other. Tests of threads set their own number.
process.env.GLISSADE_THREADS ??= '1';
process.env.GLISSADE_PRIORITY ??= 'normal';

/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/lib', '<rootDir>/test'],
  dependencyExtractor: '<rootDir>/test/imports.cjs',
  testMatch: ['**/*.test.ts'],
  // Some tests wait for other processes. The default, one less than the processors, would use half of two.
  maxWorkers: Math.ceil(1.5 * os.availableParallelism()),
  testEnvironment: '<rootDir>/test/environment.cjs',
  globalSetup: '<rootDir>/test/fresh_build.mjs',
  reporters: ['default', ...(process.env.GLISSADE_TEST_REPORT ? ['<rootDir>/test/report.cjs'] : [])],
  // Catches hangs only. The slowest tests take half a minute, and twenty busy processes on two processors make that ten.
  // No test has a limit of its own.
  testTimeout: 900_000,
  // Reading a global of jest's realm takes 200 ns, reading one of these none. The laboratory and references run 2 to 4
  // times as fast.
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
  // Tests run the sources, whose imports name the compiler's output files.
  moduleNameMapper: {
    '^glissade$': '<rootDir>/lib/index.ts',
    '^glissade/pages$': '<rootDir>/lib/pages/index.ts',
    '^glissade/distributed$': '<rootDir>/lib/distributed/index.ts',
    '^glissade/lab$': '<rootDir>/lib/lab/index.ts',
    '^glissade/tables$': '<rootDir>/lib/tables/index.ts',
    '^\\.{1,2}/(?:serve/)?live_script\\.js$': '<rootDir>/dist/cjs/lab/serve/live_script.js',
    '^\\.{1,2}/(?:.*/)?page_script\\.js$': '<rootDir>/dist/cjs/tables/page/page_script.js',
    '^\\./worker_script\\.js$': '<rootDir>/dist/cjs/lab/in_page/worker_script.js',
    '^\\./client_script\\.js$': '<rootDir>/dist/cjs/pages/client_script.js',
    '^\\./parquet_package\\.js$': '<rootDir>/dist/cjs/tables/readers/parquet_package.js',
    '^\\./load\\.cjs$': '<rootDir>/lib/addon/load.cts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'],
  },
};
