import { runtime } from 'glissade';
import { torchVersion } from '../peers.mjs';

const { threads } = runtime();

const row = (layers, batchSize) => ({
  title: `training step, ${layers.join('-')}, batch ${batchSize}, adam, float32, ${threads} threads`,
  unit: 'µs',
  contestants: [
    { name: 'glissade', program: 'training/glissade.mjs', args: [layers.join('-'), batchSize] },
    ...['fused', 'plain'].map((kind) => ({
      name: `torch ${torchVersion ?? ''} (${kind})`,
      program: 'training/torch_mlp.py',
      args: [layers.join('-'), batchSize, threads, kind],
    })),
  ],
});

/** The minibatch loop, gathering of shuffled rows included. */
export const rows = [row([784, 128, 10], 128), row([784, 128, 10], 32)];
