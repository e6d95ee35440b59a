// Trains on Fashion-MNIST by recipe.json. Prints what outcome.mjs makes of it. Arguments: folder, precision, seed.
import fs from 'node:fs';
import path from 'node:path';
import { adamw, Dataset, dense, network, schedules } from 'glissade';
import { fashion } from './images.mjs';
import { outcome } from './outcome.mjs';

const [folder, precision, seedText] = process.argv.slice(2);
const recipe = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'recipe.json'), 'utf8'));
const { batchSize, epochs, peak, warmup, weightDecay } = recipe;
const [columns, ...sizes] = recipe.layers;
const seed = Number(seedText);

const [train, test] = ['train', 'test'].map((part) => {
  const { images, labels } = fashion(folder, part);
  return new Dataset({ inputs: images, targets: labels, columns, scale: 1 / 255 });
});
const layers = sizes.map((size, i) => dense(size, { activation: i < sizes.length - 1 ? 'relu' : 'identity' }));
const model = network({ inputs: columns, layers, seed });
const steps = epochs * Math.ceil(train.rows / batchSize);
const history = await model.fit(train, {
  loss: 'crossEntropy',
  optimizer: adamw({ learningRate: schedules.oneCycle({ peak, steps, warmup }), weightDecay }),
  batchSize,
  epochs,
  seed,
  validation: test,
  metrics: ['accuracy'],
  ...(precision === 'float32' ? {} : { precision }),
});
console.log(
  outcome(history.epochs.map(({ seconds, validation }) => ({ seconds, accuracy: 100 * validation.accuracy }))),
);
