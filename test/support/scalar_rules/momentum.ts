import { arithmetic, power } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

export const momentum: Maker = (rule, type) => {
  const { round, add, subtract, multiply } = arithmetic[type];
  return {
    states: ['m'],
    at: (t) => {
      const alpha = valueAt(rule, 'decay', t);
      const correction = rule.biasCorrection ? 1 - power(alpha, t) : 1;
      const [keep, rest, stepSize] = [
        round(alpha),
        round(1 - alpha),
        round(valueAt(rule, 'learningRate', t) / correction),
      ];
      return (theta, gradient, state) => {
        state[0] = subtract(multiply(keep, state[0]!), multiply(rest, gradient));
        return add(theta, multiply(stepSize, state[0]));
      };
    },
  };
};
