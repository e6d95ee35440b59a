// Prints the median and the longest times of sparse steps under a schedule, and the time of catchUp(), in ms.
//   node bench/optimizers/longest_step.mjs --rows 1048576
import { parseArgs } from 'node:util';
import { adam, configure, Optimizer, schedules } from 'glissade';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1048576' },
    columns: { type: 'string', default: '8' },
    touched: { type: 'string', default: '256' }, // rows of each gradient, at random
    steps: { type: 'string', default: '8200' },
    threads: { type: 'string', default: '2' },
  },
});
const [rows, columns, count, steps] = [options.rows, options.columns, options.touched, options.steps].map(Number);
configure({ threads: Number(options.threads) });

const data = new Float32Array(new SharedArrayBuffer(rows * columns * 4)).fill(0.1);
const rule = adam({ learningRate: schedules.cosine({ from: 1e-3, to: 0, steps: 100_000 }) });
const optimizer = new Optimizer([{ data, shape: [rows, columns] }], rule);
let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const touched = new Uint32Array(count);
const values = new Float32Array(count * columns).map(() => random() - 0.5);

const times = new Float64Array(steps);
for (let step = 0; step < steps; ++step) {
  for (let i = 0; i < count; ++i) touched[i] = Math.floor(random() * rows);
  const begin = performance.now();
  optimizer.step([{ rows: touched, values, columns }]);
  times[step] = performance.now() - begin;
}
const order = Array.from(times.keys()).sort((a, b) => times[b] - times[a]);
const median = times[order[steps >> 1]];
const longest = order.slice(0, 3).map((step) => `${times[step].toFixed(2)} (step ${step + 1})`);
const begin = performance.now();
optimizer.catchUp();
console.log(
  `median ${median.toFixed(3)}, p99.9 ${times[order[Math.floor(steps / 1000)]].toFixed(2)}, longest ${longest.join(', ')}; at step 4096 ${times[4095]?.toFixed(2)}; catchUp ${(performance.now() - begin).toFixed(1)}`,
);
