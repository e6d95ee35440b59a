// Prints the time in µs in which brain.js trains on the examples of a batch. It has no batches, but takes a
// step for each example. Its outputs are sigmoid, its loss is the squared error. Arguments: layers, batch size.
import brain from 'brain.js';
import { examples } from './examples.mjs';

const [inputSize, ...sizes] = process.argv[2].split('-').map(Number);
const batch = Number(process.argv[3]);
const outputSize = sizes.pop();
const { inputs, targets } = examples(inputSize, outputSize);
const data = Array.from({ length: 256 }, (_, row) => ({
  input: inputs.subarray(row * inputSize, (row + 1) * inputSize),
  output: Float32Array.from({ length: outputSize }, (_, k) => (k === targets[row] ? 1 : 0)),
}));
const net = new brain.NeuralNetwork({ inputSize, hiddenLayers: sizes, outputSize });

/** The time of `iterations` passes in ms, including the preparation of the data. */
function timeOf(iterations) {
  const begin = performance.now();
  net.train(data, { iterations, errorThresh: Number.MIN_VALUE, praxis: 'adam' });
  return performance.now() - begin;
}
timeOf(2);
const iterations = 10;
console.log(((1e3 * timeOf(iterations)) / iterations / data.length) * batch);
