import fs from 'node:fs';
import path from 'node:path';
import { runtime } from 'glissade';
import { nameOf } from '../networks.mjs';
import { threadsOf } from '../wording.mjs';
import { fashionFolder } from './images.mjs';
import { goals } from './outcome.mjs';

const { threads } = runtime();
const folder = fashionFolder();
const missing = folder
  ? undefined
  : 'no Fashion-MNIST (apt install dataset-fashion-mnist, or GLISSADE_FASHION_MNIST=folder with its IDX files)';
const { layers, batchSize, epochs } = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, 'recipe.json'), 'utf8'),
);
const row = (precision) => ({
  title: `Fashion-MNIST, ${nameOf(layers)}, adamw with one cycle over ${epochs} epochs, batch ${batchSize}, ${precision}, ${threadsOf(threads)}`,
  measures: [
    { key: 'accuracy', title: 'test accuracy', unit: '%', better: 'more', hasRatio: false },
    ...goals.map((goal) => ({ key: `to${goal}`, title: `time to ${goal} %`, unit: 's' })),
    { key: 'whole', title: 'whole run', unit: 's' },
  ],
  note: 'Each trial has a seed of its own. Accuracy is looked at after each epoch; the time that this takes does not count.',
  trials: 3,
  contestants: [
    { name: 'glissade', program: 'fashion/glissade.mjs', args: [folder, precision], isSeeded: true, missing },
    ...['fused', 'plain', 'compile'].map((kind) => ({
      peer: 'torch',
      name: kind,
      program: 'fashion/torch_fashion.py',
      args: [folder, precision, threads, kind],
      isSeeded: true,
      missing,
    })),
  ],
});

export const rows = ['float32', 'bfloat16'].map(row);
