import { arithmetic } from '../arithmetic';
import { type Maker, valuesAt } from './scalar_rule';

export const ftrl: Maker = (rule, type) => {
  const { round, add, subtract, multiply, divide, root } = arithmetic[type];
  let previous = 0; // 1/η
  return {
    states: ['z', 'n'],
    at: (t) => {
      const h = valuesAt(rule, ['learningRate', 'beta', 'l1', 'l2', 'initialAccumulator'], t);
      if (h.learningRate === 0) return (theta) => theta;
      const first = previous === 0;
      const [inverse, change] = [round(1 / h.learningRate), round(first ? 0 : 1 / h.learningRate - previous)];
      previous = 1 / h.learningRate;
      const [beta, l1, l2] = [round(h.beta), round(h.l1), round(h.l2)];
      return (theta, gradient, state) => {
        const old = first ? round(h.initialAccumulator) : state[1]!;
        const n = add(old, multiply(gradient, gradient));
        const [before, after] = [root(old), root(n)];
        const curvature = (rootOfN: number) => add(multiply(add(beta, rootOfN), inverse), l2);
        const side = multiply(1, theta); // 0 for denormal numbers
        const lean = side > 0 ? l1 : side < 0 ? -l1 : side;
        const start = add(multiply(theta, curvature(before)), lean);
        const z = first ? subtract(0, start) : subtract(state[0]!, multiply(0, start)); // the latter for signs of zeros
        const sigma = add(multiply(subtract(after, before), inverse), multiply(add(beta, before), change));
        state[0] = add(z, subtract(gradient, multiply(sigma, theta)));
        state[1] = n;
        const reach = state[0] > l1 ? subtract(l1, state[0]) : state[0] < -l1 ? subtract(-l1, state[0]) : 0;
        return curvature(after) === 0 ? theta : divide(reach, curvature(after));
      };
    },
  };
};
