// The tests of a copy of the tree, one file after the other. A test's own limit is never reached when a mistake takes a
// busy machine longer: the limits of check:mutants are those of whole files.
import path from 'node:path';
import base from '../../jest.config.mjs';

const root = path.join(import.meta.dirname, '../..');

/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: root,
  cacheDirectory: path.join(root, '../jest'),
  maxWorkers: 1,
  testSequencer: '<rootDir>/test/mutants/in_order.cjs',
  reporters: ['<rootDir>/test/mutants/reporter.cjs'],
};
