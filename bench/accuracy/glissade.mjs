// Prints the largest errors of some float32 sums, in units of 10⁻⁹ times the sum of the magnitudes of their terms.
// Arguments: outputs, gradients, patches or images, a size, and positive or mixed.
import { conv2d, dense, flatten, network, sgd, Trainer } from 'glissade';

const [kind, sizeText, signs] = process.argv.slice(2);
const size = Number(sizeText);

/** Numbers uniform in [0, 1) or [-1, 1) (SplitMix32). */
function drawn(count, seed) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    const x = ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
    return signs === 'positive' ? x : 2 * x - 1;
  });
}

/** The largest |found − exact| / size, in 10⁻⁹. */
function errorOf(found, exact, sizes) {
  let largest = 0;
  for (let i = 0; i < found.length; ++i)
    largest = Math.max(largest, Math.abs(found[i] - exact[i]) / Math.abs(sizes[i]));
  return 1e9 * largest;
}

/** Errors of each array of compute(inputs, others, type) against float64, relative to the sums of magnitudes. */
function errors(compute, inputs, others) {
  const found = compute(inputs, others, 'float32');
  const exact = compute(inputs, others, 'float64');
  const sizes = compute(inputs.map(Math.abs), others.map(Math.abs), 'float64');
  return Object.fromEntries(Object.keys(found).map((key) => [key, errorOf(found[key], exact[key], sizes[key])]));
}

/** Dense outputs of one row and of several. */
function outputs(inputs, weights, type) {
  const model = network({ inputs: size, layers: [dense(weights.length / size, { bias: false })], type });
  model.parameters.set(weights);
  return { one: model.predict(inputs.slice(0, size)), several: model.predict(inputs) };
}

const image = { height: 14, width: 14, channels: 64 };
const layers = () => [conv2d(64, { kernel: size, padding: 'same' }), flatten()];

/** A convolution's outputs, with biases of zero. */
function convolved(inputs, weights, type) {
  const model = network({ inputs: image, layers: layers(), type });
  model.parameters.fill(0);
  model.tensors.get('layers.0.weight').data.set(weights);
  return { outputs: model.predict(inputs) };
}

/** The gradient of a trainer's step over all rows. With parameters of zero, deltas are multiples of the targets. */
const stepOf = (description) => (inputs, targets, type) => {
  const model = network({ ...description, type });
  model.parameters.fill(0);
  const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate: 1 }) });
  trainer.step(inputs, targets);
  return { weights: model.tensors.get('layers.0.weight').data, biases: model.tensors.get('layers.0.bias').data };
};

const kinds = {
  outputs: () => errors(outputs, drawn(16 * size, 1), drawn(64 * size, 2)),
  gradients: () => errors(stepOf({ inputs: 32, layers: [dense(48)] }), drawn(size * 32, 1), drawn(size * 48, 2)),
  patches: () =>
    errors(
      stepOf({
        inputs: { height: 14, width: 14, channels: 8 },
        layers: [conv2d(16, { kernel: 3, padding: 'same' }), flatten()],
      }),
      drawn(size * 14 * 14 * 8, 1),
      drawn(size * 14 * 14 * 16, 2),
    ),
  images: () => {
    const inputs = drawn(16 * 14 * 14 * 64, 1);
    return {
      ...errors(convolved, inputs, drawn(size * size * 64 * 64, 2)),
      ...errors(stepOf({ inputs: image, layers: layers() }), inputs, drawn(16 * 14 * 14 * 64, 3)),
    };
  },
};
console.log(JSON.stringify(kinds[kind]()));
