import { arithmetic, power } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

const { abs, max } = Math;

export const adamax: Maker = (rule, type) => {
  const { round, add, subtract, multiply, divide } = arithmetic[type];
  return {
    states: ['m', 'u'],
    at: (t) => {
      const beta1 = valueAt(rule, 'beta1', t);
      const stepSize = round(valueAt(rule, 'learningRate', t) / (1 - power(beta1, t)));
      const [beta2, epsilon, lambda] = ['beta2', 'epsilon', 'weightDecay'].map((name) =>
        round(valueAt(rule, name, t)),
      ) as [number, number, number];
      return (theta, gradient, state) => {
        const g = add(gradient, multiply(lambda, theta));
        const m = add(multiply(round(beta1), state[0]!), multiply(round(1 - beta1), g));
        const u = max(multiply(beta2, state[1]!), add(abs(g), epsilon));
        state[0] = m;
        state[1] = u;
        return subtract(theta, divide(multiply(stepSize, m), u));
      };
    },
  };
};
