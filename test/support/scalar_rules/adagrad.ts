import { arithmetic } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

export const adagrad: Maker = (rule, type) => {
  const { round, add, subtract, multiply, divide, root } = arithmetic[type];
  return {
    states: ['v'],
    at: (t) => {
      const eta = round(valueAt(rule, 'learningRate', t) / (1 + (t - 1) * valueAt(rule, 'learningRateDecay', t)));
      const start = round(valueAt(rule, 'initialAccumulator', t));
      const [delta, lambda] = [round(valueAt(rule, 'epsilon', t)), round(valueAt(rule, 'weightDecay', t))];
      return (theta, gradient, state) => {
        const g = add(gradient, multiply(lambda, theta));
        const v = add(t === 1 ? start : state[0]!, multiply(g, g));
        state[0] = v;
        return subtract(theta, divide(multiply(eta, g), add(root(v), delta)));
      };
    },
  };
};
