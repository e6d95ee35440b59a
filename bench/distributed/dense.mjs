// Prints the median time of a training step in µs. Arguments: network, batch size, exchange or `alone`.
import { adam, Dataset, network } from 'glissade';
import { columnsOf, outputsOf } from '../networks.mjs';
import { examples } from '../training/examples.mjs';
import { groupFor, printStepTime } from './group.mjs';

const [description, batch, exchange] = process.argv.slice(2);
const { inputs: shape, layers } = JSON.parse(description);
const columns = columnsOf({ inputs: shape });
const group = await groupFor(exchange);
const { inputs, targets, rows } = examples(columns, outputsOf({ layers }));
const run = network({ inputs: shape, layers, seed: 1 }).fit(new Dataset({ inputs, targets, columns }), {
  loss: 'crossEntropy',
  optimizer: adam(),
  batchSize: Number(batch),
  epochs: 1_000_000,
  group,
});
await printStepTime(run, group, rows / Number(batch));
