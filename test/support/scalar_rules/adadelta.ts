import { arithmetic } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

export const adadelta: Maker = (rule, type) => {
  const { round, add, subtract, multiply, divide, root } = arithmetic[type];
  return {
    states: ['v', 'u'],
    at: (t) => {
      const [eta, rho, epsilon, lambda] = ['learningRate', 'decay', 'epsilon', 'weightDecay'].map((name) =>
        round(valueAt(rule, name, t)),
      ) as [number, number, number, number];
      const rest = round(1 - valueAt(rule, 'decay', t));
      const average = (old: number, value: number) => add(multiply(rho, old), multiply(rest, multiply(value, value)));
      return (theta, gradient, state) => {
        const g = add(gradient, multiply(lambda, theta));
        const v = average(state[0]!, g);
        const delta = multiply(divide(root(add(state[1]!, epsilon)), root(add(v, epsilon))), g);
        state[0] = v;
        state[1] = average(state[1]!, delta);
        return subtract(theta, multiply(eta, delta));
      };
    },
  };
};
