import fs from 'node:fs';
import { flopsOfStep, nameOf, perceptron } from '../networks.mjs';
import { baseline, startTitle, stepTitle, wasm } from './titles.mjs';

const network = perceptron([784, 128, 10]);
const batch = 128;
const isBuilt = fs.existsSync(new URL('../../wasm/dist/glissade.wasm', import.meta.url));
const oneThread = { GLISSADE_THREADS: '1' };

const onWasm = {
  name: wasm,
  env: { ...oneThread, GLISSADE_WASM: '1' },
  ...(isBuilt ? {} : { missing: 'not built (npm run build:wasm)' }),
};
const native = { name: baseline, env: { ...oneThread, GLISSADE_ISA: 'baseline' } };
const step = { program: 'training/glissade.mjs', args: [JSON.stringify(network), batch, 'float32'] };
const start = { program: 'wasm/start.mjs' };

export const rows = [
  {
    title: stepTitle,
    unit: 'µs',
    flops: flopsOfStep(network, batch),
    instructionSet: 'baseline',
    contestants: [
      { ...onWasm, ...step },
      { ...native, ...step },
      { peer: 'tfjs', name: 'wasm, 1 thread', program: 'training/tfjs.mjs', args: [nameOf(network), batch] },
    ],
  },
  {
    title: startTitle,
    unit: 'ms',
    trials: 11,
    contestants: [
      { ...onWasm, ...start },
      { ...native, ...start },
    ],
  },
];
