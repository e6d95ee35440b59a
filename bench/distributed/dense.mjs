// Prints the median time of a training step in µs. Arguments: network, batch size, exchange or `alone`.
import { adam, Dataset, network } from 'glissade';
import { columnsOf, outputsOf } from '../networks.mjs';
import { examples } from '../training/examples.mjs';
import { printStepTime, ranksFor } from './ranks.mjs';

const [description, batch, exchange] = process.argv.slice(2);
const { inputs: shape, layers } = JSON.parse(description);
const columns = columnsOf({ inputs: shape });
const ranks = await ranksFor(exchange);
const { inputs, targets, rows } = examples(columns, outputsOf({ layers }));
const run = network({ inputs: shape, layers, seed: 1 }).fit(new Dataset({ inputs, targets, columns }), {
  loss: 'crossEntropy',
  optimizer: adam(),
  batchSize: Number(batch),
  epochs: 1_000_000,
  ranks,
});
await printStepTime(run, ranks, rows / Number(batch));
