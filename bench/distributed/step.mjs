// Prints the median and the least time of a step in µs, over whole epochs, and the total number of steps. The
// argument is JSON of a Work (measured.mjs).
import { adam, Dataset, network } from 'glissade';
import { columnsOf, outputsOf } from '../networks.mjs';
import { epochTimes } from '../training/epoch_times.mjs';
import { ranksFor } from './ranks.mjs';

const { description, batch, exchange, every, steps } = JSON.parse(process.argv[2]);
const ranks = await ranksFor(exchange);
const [rows, columns, classes] = [steps * batch, columnsOf(description), outputsOf(description)];
const inputs = new Float32Array(rows * columns);
for (let i = 0; i < inputs.length; ++i) inputs[i] = (i % 255) / 255;
const data = new Dataset({ inputs, targets: Uint8Array.from({ length: rows }, (_, i) => i % classes), columns });
const run = network({ ...description, seed: 1 }).fit(data, {
  loss: 'crossEntropy',
  optimizer: adam(),
  batchSize: batch,
  epochs: 1_000_000,
  ranks,
  ...(every && { synchronize: { every } }),
});
const times = epochTimes();
if (!ranks || ranks.rank === 0) {
  for await (const _ of run) if (times.isEnough()) break;
  run.stop();
}
const taken = (await run).steps;
const figures = { median: times.median() / steps, least: times.least() / steps, taken };
if (!ranks || ranks.rank === 0) process.stdout.write(`${JSON.stringify(figures)}\n`); // no colours, although mpirun provides a terminal
