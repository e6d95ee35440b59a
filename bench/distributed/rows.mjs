import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { runtime } from 'glissade';
import { flopsOfStep, nameOf, perceptron } from '../networks.mjs';
import { threadsOf } from '../wording.mjs';

const { threads } = runtime();
const ranks = 2;
const program = (/** @type {string} */ name) => path.join(import.meta.dirname, name);

const launchers = [
  {
    name: 'Open MPI',
    command: ['mpirun.openmpi', '--allow-run-as-root', '--oversubscribe', '--mca', 'btl', 'self,sm'],
  },
  { name: 'MPICH', command: ['mpirun.mpich'] },
];

/** Ranks of one thread each, under each MPI, and under the first one with what else is to be compared. */
const ofRanks = (
  /** @type {string} */ file,
  /** @type {unknown[]} */ args,
  variants = ['full', 'ordered', 'bfloat16'],
) =>
  launchers.flatMap(({ name, command }, i) =>
    variants.slice(0, i === 0 ? undefined : 1).map((variant) => ({
      name: [`${ranks} processes of 1 thread`, name, ...(variant === 'full' ? [] : [variant])].join(', '),
      command: [...command, '-n', ranks, process.execPath, program(file), ...args, variant],
      env: { GLISSADE_THREADS: '1' },
      ...(spawnSync(command[0], ['--version']).status === 0 ? {} : { missing: `${command[0]} is not installed` }),
    })),
  );

const network = perceptron([784, 512, 512, 10]);
const batch = 512;
const description = JSON.stringify(network);

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
];
