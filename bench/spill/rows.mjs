import { runtime } from 'glissade';
import { threadsOf } from '../wording.mjs';

const { threads } = runtime();

// Rows of 400 numbers and a class. In a control group of `memory` bytes, if this process has the permission to make
// one.
const sizes = [
  { rows: 500_000, memory: 400e6 },
  { rows: 2_000_000, memory: 1e9 },
];

const contestant = (name, where, { rows, memory }) => ({
  name,
  program: 'spill/train.mjs',
  args: [where, String(rows), String(memory)],
});

/** Training on a file larger than the available memory, beside training on the same rows in memory. */
export const rows = sizes.map((size) => ({
  title: `a file of ${((size.rows * 1604) / 1e9).toFixed(1)} GB, 400-64-10, batch 128, adam, ${threadsOf(threads)}`,
  measures: [
    { key: 'rate', title: 'rate', unit: 'k examples/s', better: 'more' },
    { key: 'memory', title: 'most memory', unit: 'MB', hasRatio: false },
    { key: 'cache', title: 'with its cache', unit: 'MB', hasRatio: false },
  ],
  note: 'Two epochs, the second of which counts. Where control groups of memory can be made, runs over a file have 0.4 and 1 GB, with its cache; elsewhere the file stays in the cache of the system.',
  trials: 3,
  contestants: [contestant('in memory', 'memory', size), contestant('over a file', 'file', size)],
}));
