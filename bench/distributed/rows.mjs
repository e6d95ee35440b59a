import path from 'node:path';
import { runtime } from 'glissade';
import { data } from 'glissade/lab';
import { flopsOfStep, nameOf, perceptron } from '../networks.mjs';
import { threadsOf } from '../wording.mjs';
import { launchers, missingOf } from './launchers.mjs';
import { environmentOn, nameOfNetwork, networks, simulator } from './network.mjs';

const { threads } = runtime();
const ranks = 2;
const team = `${ranks} processes of 1 thread`;
const program = (/** @type {string} */ name) => path.join(import.meta.dirname, name);

/** Ranks of one thread each, under each MPI, and under the first one with other variants to compare. */
const ofRanks = (
  /** @type {string} */ file,
  /** @type {unknown[]} */ args,
  variants = ['full', 'ordered', 'bfloat16'],
) =>
  launchers.flatMap((launcher, i) =>
    variants.slice(0, i === 0 ? undefined : 1).map((variant) => ({
      name: [team, launcher.name, ...(variant === 'full' ? [] : [variant])].join(', '),
      command: [...launcher.command, '-n', ranks, process.execPath, program(file), ...args, variant],
      env: { GLISSADE_THREADS: '1' },
      missing: missingOf(launcher),
    })),
  );

const network = perceptron([784, 512, 512, 10]);
const batch = 512;
const description = JSON.stringify(network);

const simulated = simulator();
const every = 59; // half an epoch of Fashion-MNIST

/** A step on a network, and the share of its exchanges hidden behind other work. */
const onNetwork = (/** @type {import('./network.mjs').Network} */ on) => ({
  title: `training step on a simulated network of ${nameOfNetwork(on)}, ${nameOf(network)}, batch ${batch} over ${team}, adam, float32`,
  measures: [
    { key: 'step', title: 'a step', unit: 'µs' },
    { key: 'without', title: 'on a network that costs nothing', unit: 'µs', hasRatio: false },
    { key: 'wire', title: 'its exchanges on the network', unit: 'µs', hasRatio: false },
    { key: 'hidden', title: 'of these hidden', unit: '%', better: 'more', hasRatio: false },
  ],
  trials: 5,
  contestants: ['full', 'bfloat16'].map((exchange) => ({
    name: exchange,
    program: 'distributed/hidden.mjs',
    args: [on, { description: network, batch, exchange, steps: 16 }, simulated].map((each) => JSON.stringify(each)),
    missing: simulated.missing,
  })),
});

const recipe = { description: network, batch, learningRate: 1e-3, goal: 0.35, seconds: 300 };
const missingImages = data.fashionMnistFolder() ? undefined : 'no Fashion-MNIST (apt install dataset-fashion-mnist)';

/** The time to a loss on a network, with a sum of gradients in each step and with separate steps of ranks. */
const toLoss = (/** @type {import('./network.mjs').Network} */ on) => ({
  title: `Fashion-MNIST to a loss of ${recipe.goal} on a simulated network of ${nameOfNetwork(on)}, ${nameOf(network)}, batch ${batch} over ${team}, adam(${recipe.learningRate}), float32`,
  measures: [
    { key: 'seconds', title: 'time', unit: 's' },
    { key: 'epochs', title: 'epochs', unit: '', hasRatio: false, decimals: 0 },
  ],
  trials: 3,
  contestants: [
    { name: 'full', exchange: 'full', synchronize: null },
    { name: 'bfloat16', exchange: 'bfloat16', synchronize: null },
    { name: `synchronised every ${every} steps (DiLoCo)`, exchange: 'full', synchronize: { every } },
    { name: `the mean every ${every} steps`, exchange: 'full', synchronize: { every, outer: 'mean' } },
  ].map(({ name, exchange, synchronize }) => ({
    name,
    command: simulated.launcher && [
      ...[...simulated.launcher.command, '-n', ranks, process.execPath, program('to_loss.mjs')],
      ...[JSON.stringify(recipe), exchange, JSON.stringify(synchronize)],
    ],
    env: { GLISSADE_THREADS: '1', ...(simulated.library && environmentOn(on, simulated.library)) },
    isSeeded: true,
    missing: simulated.missing ?? missingImages,
  })),
  note: `Of the test set, after each epoch, which is part of the time. The learning rate is one of 0.0005, 0.001, 0.002 and 0.004 at which sums in each step took the fewest epochs. Ends after ${recipe.seconds} s.`,
});

/** One process with all threads beside processes of one thread each, on the same global minibatch. */
export const rows = [
  {
    title: `training step, ${nameOf(network)}, batch ${batch} over all processes, adam, float32`,
    unit: 'µs',
    flops: flopsOfStep(network, batch),
    precision: 'float32',
    contestants: [
      {
        name: `1 process, ${threadsOf(threads)}`,
        program: 'distributed/dense.mjs',
        args: [description, batch, 'alone'],
      },
      ...ofRanks('dense.mjs', [description, batch]),
      {
        peer: 'torch',
        name: `1 process, ${threadsOf(threads)}`,
        program: 'training/torch_training.py',
        args: [description, batch, threads, 'fused', 'float32'],
      },
      {
        peer: 'torch',
        name: `DDP over gloo, ${ranks} processes of 1 thread`,
        program: 'distributed/torch_ddp.py',
        args: [description, batch, ranks],
      },
    ],
  },
  {
    title: 'training step, logistic regression on 50 of 2¹⁸ columns, batch 1,024 over all processes, sgd, float32',
    unit: 'µs',
    contestants: [
      { name: `1 process, ${threadsOf(threads)}`, program: 'distributed/sparse.mjs', args: [1024, 'alone'] },
      ...ofRanks('sparse.mjs', [1024], ['full']),
    ],
    note: 'Columns are drawn as in logs of clicks: few are frequent, most are rare.',
  },
  ...networks.map(onNetwork),
  ...networks.map(toLoss),
];
