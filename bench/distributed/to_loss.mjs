// Trains on Fashion-MNIST until the loss of the test set reaches a goal, at the end of an epoch. Prints the JSON of the
// seconds and the epochs until then, or nulls. Arguments: JSON of a recipe, exchange, JSON of `synchronize`, seed.
import { adam, Dataset, network } from 'glissade';
import { data } from 'glissade/lab';
import { ranksFor } from './ranks.mjs';

const [recipe, exchange, synchronize, seedText] = process.argv.slice(2);
const { description, batch, learningRate, goal, seconds: limit } = JSON.parse(recipe);
const seed = Number(seedText);
const ranks = await ranksFor(exchange);

const datasetOf = async (part) => {
  const { images, labels } = await data.fashionMnist(part);
  return new Dataset({ inputs: images, targets: labels, columns: description.inputs, scale: 1 / 255 });
};
const [train, test] = [await datasetOf('training'), await datasetOf('test')];
await ranks?.barrier();
const begin = performance.now();
const run = network({ ...description, seed }).fit(train, {
  loss: 'crossEntropy',
  optimizer: adam({ learningRate }),
  batchSize: batch,
  epochs: 1_000,
  maxSeconds: limit,
  seed,
  validation: test,
  ranks,
  ...(synchronize !== 'null' && { synchronize: JSON.parse(synchronize) }),
});
let outcome = { seconds: null, epochs: null };
if (!ranks || ranks.rank === 0) {
  for await (const { epoch, validation } of run) {
    if (validation.loss > goal) continue;
    outcome = { seconds: (performance.now() - begin) / 1e3, epochs: epoch };
    break;
  }
  run.stop();
}
await run;
if (!ranks || ranks.rank === 0) process.stdout.write(`${JSON.stringify(outcome)}\n`); // no colours, although mpirun provides a terminal
