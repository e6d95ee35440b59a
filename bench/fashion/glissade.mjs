// Trains on Fashion-MNIST by a recipe. Prints the JSON of outcome.mjs. Arguments: folder, recipe, precision, seed.
import { adamw, Dataset, network, schedules } from 'glissade';
import { columnsOf } from '../networks.mjs';
import { fashion } from './images.mjs';
import { outcome } from './outcome.mjs';
import { recipeOf } from './recipe.mjs';

const [folder, name, precision, seedText] = process.argv.slice(2);
const recipe = recipeOf(name);
const { batchSize, epochs, peak, warmup, weightDecay, goals } = recipe;
const seed = Number(seedText);

const [train, test] = ['train', 'test'].map((part) => {
  const { images, labels } = fashion(folder, part);
  return new Dataset({ inputs: images, targets: labels, columns: columnsOf(recipe.network), scale: 1 / 255 });
});
const model = network({ ...recipe.network, seed });
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
const reports = history.epochs.map(({ seconds, validation }) => ({ seconds, accuracy: 100 * validation.accuracy }));
console.log(outcome(reports, { goals, steps }));
