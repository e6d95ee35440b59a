import { arithmetic } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

export const sgd: Maker = (rule, type) => {
  const { round, add, subtract, multiply } = arithmetic[type];
  const sign = rule.maximize ? -1 : 1;
  const hasBuffer = rule.momentum !== 0;
  return {
    states: hasBuffer ? ['b'] : [],
    at: (t) => {
      const [eta, mu, lambda] = ['learningRate', 'momentum', 'weightDecay'].map((name) =>
        round(valueAt(rule, name, t)),
      ) as [number, number, number];
      const keep = t === 1 ? 0 : mu;
      const rest = t === 1 ? 1 : round(1 - valueAt(rule, 'dampening', t));
      return (theta, gradient, state) => {
        const g = add(multiply(sign, gradient), multiply(lambda, theta));
        if (!hasBuffer) return subtract(theta, multiply(eta, g));
        state[0] = add(multiply(keep, state[0]!), multiply(rest, g));
        const direction = rule.nesterov ? add(g, multiply(mu, state[0])) : state[0];
        return subtract(theta, multiply(eta, direction));
      };
    },
  };
};
