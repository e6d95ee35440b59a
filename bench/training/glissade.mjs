// Prints the median time of a training step in µs: epochs as they arrive in JavaScript, divided by their steps.
// Arguments: layers, batch size, precision.
import { adam, Dataset, dense, network } from 'glissade';
import { epochTimes } from './epoch_times.mjs';
import { examples } from './examples.mjs';

const [layers, batch, precision] = process.argv.slice(2);
const [columns, ...sizes] = layers.split('-').map(Number);
const batchSize = Number(batch);
const { inputs, targets, rows } = examples(columns, sizes.at(-1));

const model = network({
  inputs: columns,
  layers: sizes.map((size, i) => dense(size, { activation: i < sizes.length - 1 ? 'relu' : 'identity' })),
  seed: 1,
});
const run = model.fit(new Dataset({ inputs, targets, columns }), {
  loss: 'crossEntropy',
  optimizer: adam(),
  batchSize,
  epochs: 1_000_000,
  ...(precision === 'float32' ? {} : { precision }),
});
const times = epochTimes();
for await (const _ of run) if (times.isEnough()) break;
run.stop();
await run;
console.log(times.median() / (rows / batchSize));
