import { runtime } from 'glissade';
import { nameOf, trained } from '../networks.mjs';
import { threadsOf } from '../wording.mjs';

const { threads } = runtime();

const step = ({ network, batch }, { precision = 'float32', clips = false } = {}) => {
  const words = [nameOf(network), `batch ${batch}`, 'adam', precision, ...(clips ? ['clip by norm'] : [])];
  return {
    title: `training step on ${threadsOf(threads)} and on one, ${words.join(', ')}`,
    unit: 'µs',
    trials: 5,
    contestants: [threads, 1].map((count) => ({
      name: threadsOf(count),
      program: 'training/glissade.mjs',
      args: [JSON.stringify(network), batch, precision, ...(clips ? ['clip'] : [])],
      env: { GLISSADE_THREADS: String(count) },
    })),
  };
};

const crossing = ([rows, columns]) => ({
  title: `a matrix of ${rows} x ${columns} that crosses between two cores in each step, beside one that stays`,
  measures: [
    { key: 'kept', title: 'each thread reads the rows that it updates', unit: 'µs' },
    { key: 'crossed', title: 'each thread reads columns, and updates rows', unit: 'µs' },
  ],
  trials: 5,
  contestants: [{ name: 'two threads', program: 'limits/crossing.cpp', args: [rows, columns] }],
});

const isLarge = ({ network }) => network.layers[0].outputs >= 512;

/** The same steps by one thread and by all, and the machine's cost of weights that cross between cores. */
export const rows = [
  ...trained.map((work) => step(work)),
  ...trained.filter(isLarge).map((work) => step(work, { precision: 'bfloat16' })),
  ...trained.filter(({ batch }) => batch === 128).map((work) => step(work, { clips: true })),
  ...[
    [785, 128],
    [785, 512],
    [2049, 2048],
  ].map(crossing),
];
