// Prints the median time of a step of logistic regression in µs. Arguments: batch size, exchange or `alone`.
import { Dataset, dense, network, sgd, sparse } from 'glissade';
import { printStepTime, ranksFor } from './ranks.mjs';

const [batch, exchange] = process.argv.slice(2);
const ranks = await ranksFor(exchange);
const [rows, entries, columns] = [65_536, 50, 2 ** 18];
let state = 1;
const uniform = () => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};
const indices = Uint32Array.from({ length: rows * entries }, () => Math.floor(columns * uniform() ** 4));
const offsets = Float64Array.from({ length: rows + 1 }, (_, i) => i * entries);
const targets = Uint8Array.from({ length: rows }, () => (uniform() < 0.2 ? 1 : 0));
const data = new Dataset({ inputs: sparse({ offsets, indices, columns }), targets });
const model = network({ inputs: data, layers: [dense(1)], seed: 1 });
const run = model.fit(data, {
  loss: 'logistic',
  optimizer: sgd({ learningRate: 0.1 }),
  batchSize: Number(batch),
  epochs: 1_000_000,
  ranks,
});
await printStepTime(run, ranks, rows / Number(batch));
