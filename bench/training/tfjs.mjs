// Prints the median time of a training step of tfjs in µs. Arguments: layers, batch size.
import * as tf from '@tensorflow/tfjs-core';
import { perceptron } from '../tfjs/perceptron.mjs';
import { epochTimes } from './epoch_times.mjs';
import { examples } from './examples.mjs';

const widths = process.argv[2].split('-').map(Number);
const batch = Number(process.argv[3]);
const { rows, inputs, targets } = examples(widths[0], widths.at(-1));
const x = tf.tensor2d(inputs, [rows, widths[0]]);
const y = tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(targets), 'int32'), widths.at(-1)), 'float32');
const forward = perceptron(widths);
const optimizer = tf.train.adam();

function epoch() {
  const order = Int32Array.from(tf.util.createShuffledIndices(rows));
  for (let i = 0; i < rows; i += batch)
    tf.tidy(() => {
      const rowsOfBatch = tf.tensor1d(order.subarray(i, i + batch), 'int32');
      const [bx, by] = [tf.gather(x, rowsOfBatch), tf.gather(y, rowsOfBatch)];
      optimizer.minimize(() => tf.mul(-1 / batch, tf.sum(tf.mul(by, tf.logSoftmax(forward(bx))))));
    });
}
const times = epochTimes();
do epoch();
while (!times.isEnough());
console.log(times.median() / (rows / batch));
