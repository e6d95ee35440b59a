// Trains on Fashion-MNIST by a recipe. Prints the JSON of outcome.mjs. Arguments: recipe, precision, seed.
import { adamw, Dataset, network, schedules } from 'glissade';
import { data } from 'glissade/lab';
import { columnsOf } from '../networks.mjs';
import { outcome } from './outcome.mjs';
import { recipeOf } from './recipe.mjs';

const [name, precision, seedText] = process.argv.slice(2);
const recipe = recipeOf(name);
const { batchSize, epochs, peak, warmup, weightDecay, goals } = recipe;
const seed = Number(seedText);

const datasetOf = async (part) => {
  const { images, labels } = await data.fashionMnist(part);
  return new Dataset({ inputs: images, targets: labels, columns: columnsOf(recipe.network), scale: 1 / 255 });
};
const [train, test] = [await datasetOf('training'), await datasetOf('test')];
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
