import { adam, Optimizer, type Rule, rmsprop } from 'glissade';
import { expectSameBits } from '../support/bits';
import { gradients, parameters, range } from '../support/numbers';

const lead = (rule: Rule, steps = range(20).map((i) => gradients('float64', 50, i))) => {
  const theta = parameters('float64', 50, 3);
  const optimizer = new Optimizer([theta], rule);
  for (const gradient of steps) optimizer.step([gradient]);
  return theta;
};

describe('rmsprop', () => {
  test('with bias correction is adam without a moving average of the gradient, bit for bit', () => {
    const options = { learningRate: 0.01, epsilon: 1e-6, weightDecay: 0.02 };
    const theta = lead(rmsprop({ ...options, decay: 0.9, biasCorrection: true }));
    expectSameBits(theta, lead(adam({ ...options, beta1: 0, beta2: 0.9 })));
  });

  test("over the lecture's sum takes steps √(1 − ρ) times as long", () => {
    const theta = lead(rmsprop({ learningRate: 0.1, decay: 0.91, epsilon: 0, normalized: false }), nowhereZero());
    const other = lead(rmsprop({ learningRate: 0.1 * 0.3, decay: 0.91, epsilon: 0 }), nowhereZero());
    for (const [i, value] of theta.entries()) expect(Math.abs(value - other[i]!)).toBeLessThan(1e-13);
  });

  test('stays finite where a constant gradient leaves no variance', () => {
    const theta = new Float32Array(1000);
    const gradient = Float32Array.from(theta, (_, i) => 0.37 * (i + 1));
    const optimizer = new Optimizer([theta], rmsprop({ decay: 0.5, epsilon: 1, centered: true }));
    for (const _ of range(60)) optimizer.step([gradient]);
    expect(theta.every(Number.isFinite)).toBe(true);
  });
});

/** Without the zeros that leave ε = 0 nothing to divide. */
function nowhereZero() {
  return range(20).map((i) => gradients('float64', 50, i).map((g) => (Math.abs(g) < 1e-9 ? 0.1 : g)));
}
