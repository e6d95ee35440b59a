// Prints the median time of a prediction of tfjs in µs, per 1,000 rows if there are more. Arguments: layers, rows.
import * as tf from '@tensorflow/tfjs-core';
import { medianTime } from '../median_time.mjs';
import { perceptron } from '../tfjs/perceptron.mjs';

const widths = process.argv[2].split('-').map(Number);
const rows = Number(process.argv[3]);
const forward = perceptron(widths);
const x = Float32Array.from({ length: rows * widths[0] }, (_, i) => Math.sin(i) ** 2);
const time = medianTime(
  () => x,
  () => tf.tidy(() => forward(tf.tensor2d(x, [rows, widths[0]])).dataSync()),
);
console.log(rows > 1000 ? (time * 1000) / rows : time);
