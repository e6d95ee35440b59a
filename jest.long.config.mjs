// The test files that do less under `npm test` to save time, at full length, and those of ranks under each MPI.
import fs from 'node:fs';
import base from './jest.config.mjs';

process.env.GLISSADE_LONG_RUN = 'yes';

const asking = fs
  .readdirSync(new URL('test', import.meta.url), { recursive: true })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) =>
    fs.readFileSync(new URL(`test/${file}`, import.meta.url), 'utf8').match(/support\/long_run|underAnMpi/),
  );

/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['**/*.long.ts', ...asking.map((file) => `<rootDir>/test/${file}`)],
  testTimeout: 3_600_000,
};
