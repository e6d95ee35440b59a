import { arithmetic, power } from '../arithmetic';
import { type Maker, valuesAt } from './scalar_rule';

const { sqrt } = Math;

export const adan: Maker = (rule, type) => {
  const { round, add, subtract, multiply, ratio, root } = arithmetic[type];
  return {
    states: ['m', 'v', 'n', 'previousGradient'],
    at: (t) => {
      const h = valuesAt(rule, ['learningRate', 'beta1', 'beta2', 'beta3', 'epsilon', 'weightDecay'], t);
      const average = (beta: number, old: number, value: number) =>
        add(multiply(round(beta), old), multiply(round(1 - beta), value));
      const mStep = round(h.learningRate / (1 - power(h.beta1, t)));
      const vStep = round((h.learningRate * h.beta2) / (1 - power(h.beta2, t)));
      const nScale = round(1 / sqrt(1 - power(h.beta3, t)));
      const shrink = round(1 / (1 + h.learningRate * h.weightDecay));
      return (theta, gradient, state) => {
        const g = multiply(1, gradient); // flushes denormals, as the kernels do
        const difference = multiply(t === 1 ? 0 : 1, subtract(g, state[3]!));
        const ahead = add(g, multiply(round(h.beta2), difference));
        const m = average(h.beta1, state[0]!, g);
        const v = average(h.beta2, state[1]!, difference);
        const n = average(h.beta3, state[2]!, multiply(ahead, ahead));
        state.splice(0, 4, m, v, n, g);
        const step = ratio(
          add(multiply(mStep, m), multiply(vStep, v)),
          add(multiply(root(n), nScale), round(h.epsilon)),
        );
        return multiply(subtract(theta, step), shrink);
      };
    },
  };
};
