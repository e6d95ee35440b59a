import { arithmetic } from '../arithmetic';
import { type Maker, valuesAt } from './scalar_rule';

export const ftrl: Maker = (rule, type) => {
  const { round, add, subtract, multiply, divide, root } = arithmetic[type];
  return {
    states: ['z', 'n'],
    at: (t) => {
      const h = valuesAt(rule, ['learningRate', 'beta', 'l1', 'l2', 'initialAccumulator'], t);
      const [eta, beta] = [round(h.learningRate), round(h.beta)];
      const [l1, l2] = [round(h.learningRate * h.l1), round(h.learningRate * h.l2)];
      const curvature = (rootOfN: number) => add(add(beta, rootOfN), l2);
      return (theta, gradient, state) => {
        const old = add(state[1]!, t === 1 ? round(h.initialAccumulator) : 0);
        const n = add(old, multiply(gradient, gradient));
        const [before, after] = [root(old), root(n)];
        const side = multiply(1, theta); // 0 for denormal numbers
        const lean = side > 0 ? l1 : side < 0 ? -l1 : side;
        const start = add(multiply(theta, curvature(before)), lean);
        const z = subtract(state[0]!, multiply(t === 1 ? 1 : 0, start));
        state[0] = add(z, subtract(multiply(eta, gradient), multiply(subtract(after, before), theta)));
        state[1] = n;
        const reach = state[0] > l1 ? subtract(l1, state[0]) : state[0] < -l1 ? subtract(-l1, state[0]) : 0;
        return curvature(after) === 0 ? theta : divide(reach, curvature(after));
      };
    },
  };
};
