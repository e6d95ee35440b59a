import { arithmetic, realPower } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

const { max } = Math;

export const asgd: Maker = (rule, type) => {
  const { round, add, subtract, multiply } = arithmetic[type];
  /** η and μ of step t, which depend on the hyperparameters of the step before. */
  const scheduled = (t: number): [eta: number, mu: number] => {
    const eta = valueAt(rule, 'learningRate', max(1, t - 1));
    if (t === 1) return [eta, 1];
    const [lambda, alpha, t0] = ['lambda', 'alpha', 't0'].map((name) => valueAt(rule, name, t - 1)) as [
      number,
      number,
      number,
    ];
    return [eta / realPower(1 + lambda * eta * (t - 1), alpha), 1 / max(1, t - 1 - t0)];
  };
  return {
    states: ['ax'],
    at: (t) => {
      const [eta, mu] = scheduled(t);
      const keep = round(1 - valueAt(rule, 'lambda', t) * eta);
      const weightDecay = round(valueAt(rule, 'weightDecay', t));
      return (theta, gradient, state) => {
        const g = add(gradient, multiply(weightDecay, theta));
        const next = subtract(multiply(keep, theta), multiply(round(eta), g));
        state[0] = mu === 1 ? next : add(state[0]!, multiply(round(mu), subtract(next, state[0]!)));
        return next;
      };
    },
  };
};
