// Predicts how much ranks speed up training: see the help below, and timeline.mjs for the model itself.
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { nameOf, perceptron } from '../networks.mjs';
import { figure, percent } from '../wording.mjs';
import { compare, measurePoints } from './check.mjs';
import { between, measureConstants } from './constants.mjs';
import { nameOfNetwork, networks, simulator } from './network.mjs';
import { picture } from './picture.mjs';
import { efficiency, stepTime, throughput } from './timeline.mjs';

const help = `Predicts time and throughput of training steps that 2 to 4,096 ranks take together, of one thread each, from what two of
them take on this machine.

Usage: node bench/distributed/model.mjs [options]

  --widths LIST   widths of the dense layers (default 784,512,512,10)
  --rows N        rows of each rank, where the minibatch grows with the ranks (default 256)
  --batch N       rows of all ranks, where it does not (default 8192)
  --every N       steps between synchronisations, with DiLoCo (default 50)
  --network L,B   a network: seconds of latency, bits per second (may be repeated; default 50e-6,10e9 and 1e-3,100e6)
  --trials N      how often to measure: the least time counts (default 3)
  --check         measures steps on simulated networks, and over memory, beside the predictions
  --from FILE     measurements that --json has written, instead of measuring
  --json FILE     writes what was measured
  --svg FILE      draws the predictions, and what --check has measured
  --help          this text

Measuring needs an MPI and its compiler (apt install libopenmpi-dev).`;

const { values } = parseArgs({
  options: {
    widths: { type: 'string', default: '784,512,512,10' },
    rows: { type: 'string', default: '256' },
    batch: { type: 'string', default: '8192' },
    every: { type: 'string', default: '50' },
    network: { type: 'string', multiple: true },
    trials: { type: 'string', default: '3' },
    check: { type: 'boolean', default: false },
    from: { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit();
}

const numbers = (/** @type {string} */ text) => text.split(',').map(Number);
const description = perceptron(numbers(values.widths));
const [rows, batch, every, trials] = [values.rows, values.batch, values.every, values.trials].map(Number);
const chosen = values.network?.map(numbers).map(([latency, bandwidth]) => ({ latency, bandwidth })) ?? networks;
const isPositive = (/** @type {number} */ x) => x > 0;
if (
  ![rows, batch, every, trials, ...chosen.flatMap(({ latency, bandwidth }) => [latency, bandwidth])].every(isPositive)
)
  throw new Error('options of numbers take numbers above 0 (--help tells what there is)');

const ways = [
  { name: 'full', exchange: 'full' },
  { name: 'bfloat16', exchange: 'bfloat16' },
  { name: `every ${every} steps`, exchange: 'full', every },
];
const needed = () => {
  const simulated = simulator();
  if (simulated.missing) throw new Error(simulated.missing);
  return simulated;
};
const measured = values.from
  ? JSON.parse(fs.readFileSync(values.from, 'utf8'))
  : {
      cpu: os.cpus()[0].model.trim(),
      cores: os.cpus().length,
      date: new Date().toISOString().slice(0, 10),
      description,
      constants: measureConstants(needed().launcher, description, trials),
    };
if (nameOf(measured.description) !== nameOf(description))
  throw new Error(`${values.from} is of ${nameOf(measured.description)}: give its --widths`);
if (values.check) {
  measured.points = measurePoints(needed(), measured, { ways, trials });
  const again = measureConstants(needed().launcher, description, trials);
  measured.constants = between(measured.constants, again);
}
if (measured.points) compare(measured.points, measured.constants);
if (values.json) fs.writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);

const { constants } = measured;
const sizes = [
  { title: `${rows} rows of each rank`, rowsOf: () => rows },
  { title: `${batch.toLocaleString('en')} rows of all ranks`, rowsOf: (ranks) => batch / ranks },
];
const counts = Array.from({ length: 12 }, (_, i) => 2 ** (i + 1));

console.log(`${nameOf(description)}, adam, float32; a rank is a core of ${measured.cpu}, measured ${measured.date}`);
for (const network of chosen)
  for (const { title, rowsOf } of sizes) {
    console.log(`\n${nameOfNetwork(network)}, ${title}: a step, examples/s, of perfect scaling`);
    for (const ranks of counts.filter((ranks) => rowsOf(ranks) >= 1)) {
      const cells = ways.map(({ name, ...way }) => {
        const plan = { description, rows: rowsOf(ranks), ranks, network, ...way };
        const step = `${(1e3 * stepTime(constants, plan)).toFixed(2)} ms`.padStart(10);
        const rate = figure(throughput(constants, plan), 0).padStart(9);
        return `${name} ${step} ${rate} ${percent(efficiency(constants, plan, rowsOf(1))).padStart(6)}`;
      });
      console.log(`  ${String(ranks).padStart(5)} ranks   ${cells.join('   ')}`);
    }
  }

if (values.svg) fs.writeFileSync(values.svg, await picture({ ...measured, networks: chosen, sizes, ways, counts }));
