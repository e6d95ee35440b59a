// Prints the median time of an Adam step in µs.
import { adam, Optimizer } from 'glissade';

const size = Number(process.argv[2]);
const parameters = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
const gradients = Float32Array.from({ length: size }, (_, i) => Math.cos(i));
const optimizer = new Optimizer([parameters], adam());

for (let i = 0; i < 2_000; ++i) optimizer.step([gradients]);
const times = Float64Array.from({ length: 10_000 }, () => {
  const begin = process.hrtime.bigint();
  optimizer.step([gradients]);
  return Number(process.hrtime.bigint() - begin) / 1e3;
}).sort();
console.log(times[times.length >> 1]);
