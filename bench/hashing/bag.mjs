// Trains an embedding bag of 200,000 vectors of 50 numbers, followed by a dense layer, with SGD on minibatches of 64 examples. Each
// example has 44 columns. Prints the median processor time of a step in µs.
import { Dataset, dense, network, sgd, sparse } from 'glissade';
import { quantile } from '../statistics.mjs';

const [examples, columns, each, classes, batchSize, epochs] = [16_384, 200_000, 44, 10, 64, 15];

/** bag.py draws the same columns. */
const columnOf = (entry) => (Math.imul(entry, 2_654_435_761) >>> 8) % columns;

const inputs = sparse({
  columns,
  offsets: Array.from({ length: examples + 1 }, (_, i) => i * each),
  indices: Uint32Array.from({ length: examples * each }, (_, entry) => columnOf(entry)),
});
const data = new Dataset({ inputs, targets: Uint8Array.from({ length: examples }, (_, i) => i % classes) });
const model = network({ inputs: data, layers: [dense(50, { activation: 'relu' }), dense(classes)], seed: 1 });
const times = [];
let begin = process.cpuUsage();
await model.fit(data, {
  loss: 'crossEntropy',
  optimizer: sgd({ learningRate: 0.1 }),
  batchSize,
  epochs,
  onEpoch() {
    const { user, system } = process.cpuUsage(begin);
    times.push(user + system);
    begin = process.cpuUsage();
  },
});
console.log(quantile(times.slice(2)) / (examples / batchSize));
