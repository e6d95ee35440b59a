import { runtime } from 'glissade';
import { torchVersion } from '../peers.mjs';

const size = 16_384;

/** Adam on one small array: one thread, the call from JavaScript (Python) included. */
export const rows = [
  {
    title: `Adam step, ${size} float32 parameters, call included`,
    unit: 'µs',
    contestants: [
      ...runtime()
        .instructionSets.toReversed()
        .map((set) => ({
          name: `glissade, ${set}`,
          program: 'optimizers/glissade.mjs',
          args: [size],
          env: { GLISSADE_ISA: set },
        })),
      { name: `torch ${torchVersion ?? ''} (fused, 2 threads)`, program: 'optimizers/torch_adam.py', args: [size, 2] },
      { name: `torch ${torchVersion ?? ''} (fused, 1 thread)`, program: 'optimizers/torch_adam.py', args: [size, 1] },
    ],
  },
];
