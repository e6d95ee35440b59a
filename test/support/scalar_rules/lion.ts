import { arithmetic } from '../arithmetic';
import { type Maker, valuesAt } from './scalar_rule';

export const lion: Maker = (rule, type) => {
  const { round, add, subtract, multiply } = arithmetic[type];
  return {
    states: ['m'],
    at: (t) => {
      const h = valuesAt(rule, ['learningRate', 'beta1', 'beta2', 'weightDecay'], t);
      const eta = round(h.learningRate);
      const mix = (beta: number, m: number, g: number) => add(multiply(round(beta), m), multiply(round(1 - beta), g));
      const keep = round(1 - h.learningRate * h.weightDecay);
      return (theta, gradient, state) => {
        const c = mix(h.beta1, state[0]!, gradient);
        state[0] = mix(h.beta2, state[0]!, gradient);
        return subtract(multiply(theta, keep), c > 0 ? eta : c < 0 ? -eta : c);
      };
    },
  };
};
