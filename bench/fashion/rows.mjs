import { runtime } from 'glissade';
import { data } from 'glissade/lab';
import { nameOf } from '../networks.mjs';
import { threadsOf } from '../wording.mjs';
import { recipeOf } from './recipe.mjs';

const { threads } = runtime();
const folder = data.fashionMnistFolder();
const missing = folder
  ? undefined
  : 'no Fashion-MNIST (apt install dataset-fashion-mnist, or GLISSADE_FASHION_MNIST=folder with its IDX files)';

const whole = ['fused', 'plain', 'compile'].map((kind) => ({ name: kind, kind }));
const ofImages = [
  { name: 'fused', kind: 'fused' },
  { name: 'fused, channels_last', kind: 'fused', layout: 'channels_last' },
];

function row(recipe, precision, kinds) {
  const { network, batchSize, epochs, goals } = recipeOf(recipe);
  return {
    title: `Fashion-MNIST, ${nameOf(network)}, adamw with one cycle over ${epochs} epochs, batch ${batchSize}, ${precision}, ${threadsOf(threads)}`,
    measures: [
      { key: 'accuracy', title: 'test accuracy', unit: '%', better: 'more', hasRatio: false },
      ...goals.map((goal) => ({ key: `to${goal}`, title: `time to ${goal} %`, unit: 's' })),
      { key: 'whole', title: 'whole run', unit: 's' },
      { key: 'step', title: 'a step', unit: 'µs' },
    ],
    note: 'Each trial has a seed of its own. Accuracy is looked at after each epoch; the time that this takes does not count.',
    trials: 3,
    contestants: [
      { name: 'glissade', program: 'fashion/glissade.mjs', args: [recipe, precision], isSeeded: true, missing },
      ...kinds.map(({ name, kind, layout = 'contiguous' }) => ({
        peer: 'torch',
        name,
        program: 'fashion/torch_fashion.py',
        args: [folder, recipe, precision, threads, kind, layout],
        isSeeded: true,
        missing,
      })),
    ],
  };
}

export const rows = [
  row('dense', 'float32', whole),
  row('dense', 'bfloat16', whole),
  row('convolutional', 'float32', ofImages),
];
