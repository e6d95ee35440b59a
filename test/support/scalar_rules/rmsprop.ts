import { arithmetic, power } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

const { sqrt } = Math;

export const rmsprop: Maker = (rule, type) => {
  const { round, add, subtract, multiply, divide, root } = arithmetic[type];
  const hasBuffer = rule.momentum !== 0;
  const states = ['v', ...(rule.centered ? ['m'] : []), ...(hasBuffer ? ['b'] : [])];
  return {
    states,
    at: (t) => {
      const rho = valueAt(rule, 'decay', t);
      const [eta, epsilon, mu, lambda] = ['learningRate', 'epsilon', 'momentum', 'weightDecay'].map((name) =>
        round(valueAt(rule, name, t)),
      ) as [number, number, number, number];
      const rest = round(rule.normalized ? 1 - rho : 1);
      const scale = round(rule.biasCorrection ? 1 / sqrt(1 - power(rho, t)) : 1);
      const decayed = (old: number, value: number) => add(multiply(round(rho), old), multiply(rest, value));
      return (theta, gradient, state) => {
        const g = add(gradient, multiply(lambda, theta));
        const v = decayed(state[0]!, multiply(g, g));
        state[0] = v;
        let square = v;
        if (rule.centered) {
          const m = decayed(state[1]!, g);
          state[1] = m;
          square = subtract(v, multiply(m, m));
          if (square < 0) square = 0;
        }
        const divisor = add(multiply(root(square), scale), epsilon);
        if (!hasBuffer) return subtract(theta, divide(multiply(eta, g), divisor));
        const b = add(multiply(mu, state[states.length - 1]!), divide(g, divisor));
        state[states.length - 1] = b;
        return subtract(theta, multiply(eta, b));
      };
    },
  };
};
