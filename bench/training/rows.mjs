import { runtime } from 'glissade';
import { flopsOfStep, nameOf, perceptron, trained } from '../networks.mjs';
import { threadsOf } from '../wording.mjs';
import { ensembles, ofImages, ofNumbers } from './layer_networks.mjs';

const { threads } = runtime();

/** PyTorch's variants: fused or plain Adam, or a compiled step; for images also their layouts. */
const whole = ['fused', 'plain', 'compile'].map((kind) => ({ name: kind, kind }));
const eager = whole.filter(({ kind }) => kind !== 'compile');
const layouts = ['contiguous', 'channels_last'];
const eagerOfImages = layouts.flatMap((layout) =>
  eager.map(({ kind }) => ({ name: [kind, ...(layout === 'contiguous' ? [] : [layout])].join(', '), kind, layout })),
);

const row = ({ network, batch }, { precision = 'float32', kinds = whole, others = [], note, trials = 5 } = {}) => {
  const description = JSON.stringify(network);
  return {
    title: `training step, ${nameOf(network)}, batch ${batch}, adam, ${precision}, ${threadsOf(threads)}`,
    unit: 'µs',
    flops: flopsOfStep(network, batch),
    precision,
    note,
    trials,
    contestants: [
      { name: 'glissade', program: 'training/glissade.mjs', args: [description, batch, precision] },
      ...kinds.map(({ name, kind, layout = [] }) => ({
        peer: 'torch',
        name,
        program: 'training/torch_training.py',
        args: [description, batch, threads, kind, precision].concat(layout),
      })),
      ...others.map(([peer, program, name]) => ({ peer, name, program, args: [nameOf(network), batch] })),
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

const tiny = [1, 8].map((batch) => ({ network: perceptron([4, 8, 3]), batch }));
const isCompared = ({ network, batch }) => nameOf(network) === '784-128-10' && batch === 128;
const isOfManyChannels = ({ network }) => network.layers.some(({ channels }) => channels === 64);
const isLarge = ({ network }) => network.layers[0].outputs >= 512;

/** The minibatch loop, including the gathering of shuffled rows. The tiny network shows the overhead of a step. */
export const rows = [
  ...[...tiny, ...trained].map((work) => row(work, isCompared(work) ? compared : {})),
  ...trained.filter(isLarge).map((work) => row(work, { precision: 'bfloat16' })),
  ...ofNumbers.map((work) => row(work, { kinds: eager, trials: 3 })),
  ...ensembles.map((work) => row(work, { trials: 3 })),
  ...ofImages.map((work) => row(work, { kinds: eagerOfImages, trials: 3 })),
  ...ofImages
    .filter(isOfManyChannels)
    .map((work) => row(work, { precision: 'bfloat16', kinds: eagerOfImages, trials: 3 })),
];
