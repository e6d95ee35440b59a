import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { parallel } from '../../lib/layers/parallel';
import { type Network, network } from '../../lib/training/network';

// Towers of one input and two units. The input is 1, so their outputs are their weights, and derivatives with respect
// to them are those with respect to the compared vectors.
const towers = (join: 'dot' | 'cosine', a: number[], b: number[]): Network => {
  const tower = [dense(2, { bias: false })];
  const model = network({ inputs: 1, layers: [parallel([tower, tower], { join })], type: 'float64' });
  model.parameters.set([...a, ...b]);
  return model;
};
const data = new Dataset({ inputs: Float64Array.of(1), columns: 1, targets: [[0]], targetColumns: 1 });

/** Derivatives of the output z: those of z² are 2z times these. */
function derivatives(model: Network): number[] {
  const [z] = model.predict(Float64Array.of(1)) as Float64Array;
  return Array.from(model.gradient(data, { loss: 'squared' }).gradient, (g) => g / (2 * z!));
}

test.each([
  { join: 'dot', a: [1, 2], b: [3, 4], z: 11, gradient: [3, 4, 1, 2] },
  { join: 'cosine', a: [3, 4], b: [5, 0], z: 0.6, gradient: [0.128, -0.096, 0, 0.16] },
  { join: 'cosine', a: [3e90, 4e90], b: [5e-6, 0], z: 0.6, gradient: [1.28e-91, -9.6e-92, 0, 1.6e5] },
  // A norm below 1e-8 counts as 1e-8, and the derivative regards it as a constant.
  { join: 'cosine', a: [3e-9, 0], b: [3, 4], z: 0.18, gradient: [6e7, 8e7, 0.3 * 0.128, 0.3 * -0.096] },
] as const)('the $join of $a and $b, and its derivatives', ({ join, a, b, z, gradient }) => {
  const model = towers(join, [...a], [...b]);
  expect(model.predict(Float64Array.of(1))[0]! / z).toBeCloseTo(1, 12);
  const largest = (side: number) => Math.max(...gradient.slice(2 * side, 2 * side + 2).map(Math.abs));
  for (const [i, derivative] of derivatives(model).entries())
    expect((derivative - gradient[i]!) / largest(i >> 1)).toBeCloseTo(0, 12);
});

test.each(['dot', 'cosine'] as const)('the curvature of a %s is the derivative of its gradient', (join) => {
  const [a, b, way] = [[0.3, 0.4], [0.5, -0.2], Float64Array.of(1, -2, 0.5, 3)];
  const step = 1e-6;
  const at = (t: number) => {
    const model = towers(join, a, b);
    for (const [i, x] of way.entries()) model.parameters[i]! += t * x;
    return model.gradient(data, { loss: 'squared' }).gradient;
  };
  const [before, after] = [at(-step), at(step)];
  const product = towers(join, a, b).hessianVectorProduct(data, way, { loss: 'squared' });
  for (const [i, x] of product.entries()) expect(x).toBeCloseTo((after[i]! - before[i]!) / (2 * step), 6);
});
