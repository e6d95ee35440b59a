import '@tensorflow/tfjs-layers'; // registers the gradients
import '@tensorflow/tfjs-backend-wasm'; // tfjs's fastest backend in Node without native code
import * as tf from '@tensorflow/tfjs-core';

await tf.setBackend('wasm');

/** The forward pass of a multilayer perceptron, with the operations of tfjs's dense layers. */
export function perceptron(widths) {
  const weights = widths.slice(1).map((outputs, i) => tf.variable(tf.randomNormal([widths[i], outputs], 0, 0.05)));
  const biases = widths.slice(1).map((outputs) => tf.variable(tf.zeros([outputs])));
  return (x) =>
    weights.reduce((a, b, i) => {
      const activation = i < weights.length - 1 ? 'relu' : 'linear';
      return tf.fused.matMul({ a, b, bias: biases[i], activation });
    }, x);
}
