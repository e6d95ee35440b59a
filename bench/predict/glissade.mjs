// Prints the median time of a prediction in µs, per 1,000 rows if there are more. Arguments: layers, rows, precision.
import { dense, network } from 'glissade';
import { medianTime } from '../median_time.mjs';

const [inputs, ...sizes] = process.argv[2].split('-').map(Number);
const rows = Number(process.argv[3]);
const options = process.argv[4] === 'float32' ? {} : { precision: process.argv[4] };
const layers = sizes.map((size, i) => dense(size, { activation: i < sizes.length - 1 ? 'relu' : 'identity' }));
const model = network({ inputs, layers, seed: 1 });
const x = Float32Array.from({ length: rows * inputs }, (_, i) => Math.sin(i) ** 2);
const time = medianTime(
  () => x,
  () => model.predict(x, options),
);
console.log(rows > 1000 ? (time * 1000) / rows : time);
