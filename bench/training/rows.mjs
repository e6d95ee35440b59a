import { runtime } from 'glissade';
import { flopsOfStep, nameOf, trained } from '../networks.mjs';
import { threadsOf } from '../wording.mjs';

const { threads } = runtime();
const kinds = ['fused', 'plain', 'compile'];

const row = ({ widths, batch }, precision, { others = [], note } = {}) => {
  const work = [nameOf(widths), batch];
  return {
    title: `training step, ${nameOf(widths)}, batch ${batch}, adam, ${precision}, ${threadsOf(threads)}`,
    unit: 'µs',
    flops: flopsOfStep(widths, batch),
    precision,
    note,
    trials: 5,
    contestants: [
      { name: 'glissade', program: 'training/glissade.mjs', args: [...work, precision] },
      ...kinds.map((kind) => ({
        peer: 'torch',
        name: kind,
        program: 'training/torch_mlp.py',
        args: [...work, threads, kind, precision],
      })),
      ...others.map(([peer, program, name]) => ({ peer, name, program, args: work })),
    ],
  };
};

const compared = {
  others: [
    ['scikit-learn', 'training/scikit_mlp.py', 'MLPClassifier'],
    ['tfjs', 'training/tfjs.mjs', 'wasm, 1 thread'],
    ['brain.js', 'training/brain.mjs', 'batch size 1'],
  ],
  note: 'One thread is all that tfjs has in Node, and a step per example all that brain.js has: 128 of these are taken.',
};

const tiny = [1, 8].map((batch) => ({ widths: [4, 8, 3], batch }));
const isCompared = ({ widths, batch }) => nameOf(widths) === '784-128-10' && batch === 128;
const isLarge = ({ widths }) => widths[1] >= 512;

/** The minibatch loop, gathering of shuffled rows included. Of the tiny network, the overhead of a step is left. */
export const rows = [
  ...[...tiny, ...trained].map((work) => row(work, 'float32', isCompared(work) ? compared : {})),
  ...trained.filter(isLarge).map((work) => row(work, 'bfloat16')),
];
