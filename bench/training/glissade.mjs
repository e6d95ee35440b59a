// Prints the median time of a training step in µs: the time between epoch reports in JavaScript, divided by the steps.
// Arguments: network, batch size, precision, and `clip` to clip the gradient's norm.
import { adam, categories, Dataset, network } from 'glissade';
import { columnsOf, outputsOf } from '../networks.mjs';
import { epochTimes } from './epoch_times.mjs';
import { codes, examples } from './examples.mjs';

const [description, batch, precision, clip] = process.argv.slice(2);
const { inputs: shape, layers } = JSON.parse(description);
const columns = columnsOf({ inputs: shape });
const batchSize = Number(batch);
const { inputs, targets, rows } = examples(columns, outputsOf({ layers }));
const cardinalities = shape.categories;
const data = cardinalities
  ? { inputs: categories({ values: codes(cardinalities), columns, cardinalities }), targets }
  : { inputs, targets, columns };

const model = network({ inputs: shape, layers, seed: 1 });
const run = model.fit(new Dataset(data), {
  loss: 'crossEntropy',
  optimizer: adam(),
  batchSize,
  epochs: 1_000_000,
  ...(precision === 'float32' ? {} : { precision }),
  ...(clip ? { clip: { norm: 1 } } : {}),
});
const times = epochTimes();
for await (const _ of run) if (times.isEnough()) break;
run.stop();
await run;
console.log(times.median() / (rows / batchSize));
