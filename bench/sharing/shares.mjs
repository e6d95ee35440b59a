// Prints the relative share of the engine of each of several concurrent runs: its steps per second, times
// the number of runs, divided by its steps per second alone. The arguments are the sizes of the runs. Also prints the
// least of these, as a measure of fairness.
import { setTimeout as sleep } from 'node:timers/promises';
import { adam, Dataset, dense, network } from 'glissade';

/** Units of the hidden layers, and rows per minibatch. */
const sizes = {
  small: { hidden: [128], batchSize: 32 },
  medium: { hidden: [128], batchSize: 128 },
  large: { hidden: [512, 512], batchSize: 512 },
};
const kinds = process.argv.slice(2);

const [columns, classes, rows] = [784, 10, 4096];
const data = new Dataset({
  inputs: new Float32Array(columns * rows).map((_, i) => Math.sin(i)),
  columns,
  targets: Uint8Array.from({ length: rows }, (_, i) => i % classes),
});

function start(kind) {
  const { hidden, batchSize } = sizes[kind];
  const layers = [...hidden.map((units) => dense(units, { activation: 'relu' })), dense(classes)];
  const model = network({ inputs: columns, layers, seed: 1 });
  return model.fit(data, { loss: 'crossEntropy', optimizer: adam(), batchSize, epochs: 1e6 });
}

/** Steps per second of each run, over a second. */
async function ratesOf(runs) {
  const before = runs.map((run) => run.progress.steps);
  const begin = performance.now();
  await sleep(1000);
  const seconds = (performance.now() - begin) / 1000;
  return runs.map((run, i) => (run.progress.steps - before[i]) / seconds);
}

/** The same for new runs. */
async function ratesTogether(list) {
  const runs = list.map(start);
  await sleep(300);
  const rates = await ratesOf(runs);
  for (const run of runs) run.stop();
  await Promise.all(runs);
  return rates;
}

// Alone before and after, because the machine's frequency changes.
const aloneOf = async () => {
  const rates = new Map();
  for (const kind of new Set(kinds)) rates.set(kind, (await ratesTogether([kind]))[0]);
  return rates;
};
const before = await aloneOf();
const together = await ratesTogether(kinds);
const after = await aloneOf();
const shares = together.map((rate, i) => (rate * kinds.length * 2) / (before.get(kinds[i]) + after.get(kinds[i])));
console.log(JSON.stringify({ least: Math.min(...shares), most: Math.max(...shares) }));
