import { arithmetic, power } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

const { sqrt } = Math;

export const radam: Maker = (rule, type) => {
  const { round, add, subtract, multiply, divide, root } = arithmetic[type];
  return {
    states: ['m', 'v'],
    at: (t) => {
      const [eta, beta1, beta2, epsilon, lambda] = ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay'].map(
        (name) => valueAt(rule, name, t),
      ) as [number, number, number, number, number];
      const isDecoupled = rule.decoupledWeightDecay;
      const correction = 1 - power(beta2, t);
      const longest = 2 / (1 - beta2) - 1;
      const length = longest - (2 * t * power(beta2, t)) / correction;
      const rectifies = length > 5;
      const squared = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
      const stepSize = round((eta / (1 - power(beta1, t))) * (rectifies ? sqrt(squared) * sqrt(correction) : 1));
      const average = (beta: number, old: number, value: number) =>
        add(multiply(round(beta), old), multiply(round(1 - beta), value));
      return (theta, gradient, state) => {
        const decayed = isDecoupled ? multiply(round(1 - eta * lambda), theta) : theta;
        const g = add(gradient, multiply(round(isDecoupled ? 0 : lambda), decayed));
        const m = average(beta1, state[0]!, g);
        const v = average(beta2, state[1]!, multiply(g, g));
        state[0] = m;
        state[1] = v;
        const step = multiply(stepSize, m);
        return subtract(decayed, rectifies ? divide(step, add(root(v), round(epsilon))) : step);
      };
    },
  };
};
