import { arithmetic, power } from '../arithmetic';
import { type Maker, valuesAt } from './scalar_rule';

const { sqrt } = Math;

export const lamb: Maker = (rule, type) => {
  const { round, add, subtract, multiply, ratio, root } = arithmetic[type];
  const square = (x: number) => arithmetic.float64.multiply(x, x);
  return {
    states: ['m', 'v'],
    scope: 'array',
    at: (t) => {
      const h = valuesAt(rule, ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay'], t);
      const average = (beta: number, old: number, value: number) =>
        add(multiply(round(beta), old), multiply(round(1 - beta), value));
      const mScale = round(rule.biasCorrection ? 1 / (1 - power(h.beta1, t)) : 1);
      const vScale = round(rule.biasCorrection ? 1 / sqrt(1 - power(h.beta2, t)) : 1);
      const direction = (theta: number, [m, v]: number[]) =>
        add(
          ratio(multiply(mScale, m!), add(multiply(root(v!), vScale), round(h.epsilon))),
          multiply(round(h.weightDecay), theta),
        );
      return {
        measure: (theta, gradient, state) => {
          state[0] = average(h.beta1, state[0]!, gradient);
          state[1] = average(h.beta2, state[1]!, multiply(gradient, gradient));
          return [square(theta), square(direction(theta, state))];
        },
        conclude: (sums) => {
          const [parameters, directions] = sums.map(sqrt) as [number, number];
          const hasTrust = parameters !== 0 && directions !== 0;
          const stepSize = round(hasTrust ? (h.learningRate * parameters) / directions : h.learningRate);
          return (theta, _, state) => subtract(theta, multiply(stepSize, direction(theta, state)));
        },
      };
    },
  };
};
