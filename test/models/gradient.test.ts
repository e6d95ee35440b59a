import { Dataset } from '../../lib/data/dataset';
import { drawn, type NetworkCase, networkCases } from '../support/arbitrary_networks';
import { evaluation } from '../support/layers/layer';
import { inputsFor, networkOf, trainingPass } from '../support/native_layers';
import { normal, range } from '../support/numbers';
import fc from '../support/properties';
import { type GradientError, gradientErrors } from '../support/slopes';

/** A case as the library's model and data, and as the plain reference. */
function setUp(network: NetworkCase) {
  const { model: reference, examples, loss } = drawn(network);
  const model = networkOf(network.layers, network.inputs);
  model.parameters.set(reference.parameters);
  const data = new Dataset({
    ...inputsFor(
      network.inputs,
      examples.flatMap(({ inputs }) => Array.from(inputs)),
    ),
    targets: Float64Array.from(examples.flatMap(({ targets }) => targets)),
    targetColumns: examples[0]!.targets.length,
  });
  return { model, data, reference, examples, loss };
}

/** ‖a − b‖ over the larger of ‖b‖ and `least`. */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>, least: number) => {
  const size = (v: ArrayLike<number>) => Math.hypot(...Array.from(v));
  return size(range(a.length).map((i) => a[i]! - b[i]!)) / Math.max(size(b), least);
};

describe('200 random networks', () => {
  const errors: GradientError[] = [];

  test('have the gradient of the plain reference, and of finite differences', () => {
    fc.assert(
      fc.property(networkCases, fc.boolean(), (network, training) => {
        const { model, data, reference, examples, loss } = setUp(network);
        const options = { loss: network.loss, training, ...(training && { seed: network.seed }) };
        const pass = training ? trainingPass(network.layers, network.inputs, network.seed) : evaluation;
        const { loss: value, gradient } = model.gradient(data, options);
        const expected = reference.gradient(examples, loss, pass);
        expect(Math.abs(value - expected.loss)).toBeLessThan(1e-11 * Math.max(1, Math.abs(expected.loss)));
        expect(distance(gradient, expected.gradient, 1)).toBeLessThan(1e-10);

        const parameters = model.parameters as Float64Array;
        const found = gradientErrors(reference.tensors, parameters, () => model.gradient(data, options), network.seed);
        for (const { isEven, error } of found) if (isEven) expect(error).toBeLessThan(1e-7);
        errors.push(...found);
      }),
      { numRuns: 200, seed: 7 },
    );
    expect(errors.filter(({ isEven }) => isEven).length).toBeGreaterThan(0.99 * errors.length);
    expect(errors.length).toBeGreaterThan(500);
  });
});

describe('Hessian-vector products of random networks', () => {
  test('equal differences of gradients, and are symmetric', () => {
    let even = 0;
    const runs = 200;
    fc.assert(
      fc.property(networkCases, fc.boolean(), (network, training) => {
        const { model, data } = setUp(network);
        const options = { loss: network.loss, training, ...(training && { seed: network.seed }) };
        const number = normal(network.seed + 1);
        const direction = () =>
          Float64Array.from(model.parameters, () => number() / Math.sqrt(model.parameters.length));
        const [u, v] = [direction(), direction()];
        const [hu, hv] = [u, v].map((vector) => model.hessianVectorProduct(data, vector, options));
        const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
          range(a.length).reduce((sum, i) => sum + a[i]! * b[i]!, 0);
        const size = Math.max(1, Math.hypot(...hu!), Math.hypot(...hv!));
        // Directions are 0 for running statistics among the parameters.
        for (const [name, { data: values }] of model.tensors)
          if (/mean$|variance$/.test(name)) {
            const offset = (values.byteOffset - model.parameters.byteOffset) / 8;
            for (const vector of [u, v]) vector.fill(0, offset, offset + values.length);
          }
        expect(Math.abs(dot(u, hv!) - dot(v, hu!))).toBeLessThan(1e-10 * size);

        const start = model.parameters.slice() as Float64Array;
        const gradientAt = (step: number) => {
          model.parameters.set(start.map((x, i) => x + step * v[i]!));
          const { gradient } = model.gradient(data, options);
          model.parameters.set(start);
          return gradient;
        };
        const step = 1e-4;
        const [far, near, nearer, farther] = [-2, -1, 1, 2].map((k) => gradientAt(k * step));
        const differences = start.map(
          (_, i) => (8 * (nearer![i]! - near![i]!) - (farther![i]! - far![i]!)) / (12 * step),
        );
        const coarse = start.map((_, i) => (nearer![i]! - near![i]!) / (2 * step));
        const smooth = distance(coarse, differences, size) < 1e-5; // otherwise there is a kink
        if (smooth) expect(distance(hv!, differences, size)).toBeLessThan(1e-7);
        even += Number(smooth);
      }),
      { numRuns: runs, seed: 11 },
    );
    expect(even).toBeGreaterThan(0.9 * runs);
  });
});
