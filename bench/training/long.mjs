// Prints the median time of a training step in µs: epochs as they arrive in JavaScript, divided by their steps.
import { adam, Dataset, dense, network } from 'glissade';

const [inputs, ...sizes] = process.argv[2].split('-').map(Number);
const batchSize = Number(process.argv[3]);
const rows = 64 * 128;
const classes = sizes.at(-1);

const data = new Dataset({
  inputs: Float32Array.from({ length: rows * inputs }, (_, i) => Math.sin(i) ** 2),
  targets: Uint8Array.from({ length: rows }, (_, i) => i % classes),
  columns: inputs,
});
const layers = sizes.map((size, i) => dense(size, { activation: i < sizes.length - 1 ? 'relu' : 'identity' }));
const model = network({ inputs, layers, seed: 1 });

const times = [];
let last;
for await (const _ of model.fit(data, { loss: 'crossEntropy', optimizer: adam(), batchSize, epochs: 600 })) {
  const now = performance.now();
  if (last !== undefined) times.push((1e3 * (now - last)) / (rows / batchSize));
  last = now;
}
console.log(times.sort((a, b) => a - b)[times.length >> 1]);
