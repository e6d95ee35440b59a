import { runtime } from 'glissade';
import { flopsOfPrediction, nameOf, perceptron } from '../networks.mjs';
import { threadsOf } from '../wording.mjs';

const { threads } = runtime();
const description = perceptron([784, 128, 10]);
const network = nameOf(description);

const one = {
  title: `prediction, ${network}, one row from JavaScript (Python), float32`,
  unit: 'µs',
  contestants: [
    { name: 'glissade', program: 'predict/glissade.mjs', args: [network, 1, 'float32'] },
    ...[...new Set([threads, 1])].map((count) => ({
      peer: 'torch',
      name: threadsOf(count),
      program: 'predict/torch_predict.py',
      args: [network, 1, count, 'float32'],
    })),
    { peer: 'tfjs', name: 'wasm, 1 thread', program: 'predict/tfjs.mjs', args: [network, 1] },
  ],
};

const rowsPerCall = 10_000;
const many = (precision, others = []) => ({
  title: `prediction, ${network}, ${rowsPerCall.toLocaleString('en')} rows in a call, per 1,000 rows, ${precision}, ${threadsOf(threads)}`,
  unit: 'µs',
  flops: flopsOfPrediction(description, 1_000),
  precision,
  contestants: [
    { name: 'glissade', program: 'predict/glissade.mjs', args: [network, rowsPerCall, precision] },
    { peer: 'torch', program: 'predict/torch_predict.py', args: [network, rowsPerCall, threads, precision] },
    ...others,
  ],
});

export const rows = [
  one,
  many('float32', [
    { peer: 'tfjs', name: 'wasm, 1 thread', program: 'predict/tfjs.mjs', args: [network, rowsPerCall] },
  ]),
  many('bfloat16'),
];
