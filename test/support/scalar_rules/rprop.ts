import { arithmetic } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

/** The sign of a number; unlike Math.sign, 0 for −0. */
const sign = (x: number) => (x > 0 ? 1 : x < 0 ? -1 : 0);

export const rprop: Maker = (rule, type) => {
  const { round, subtract, multiply } = arithmetic[type];
  return {
    states: ['previous', 'step'],
    at: (t) => {
      const [start, etaMinus, etaPlus, minStep, maxStep] = [
        'learningRate',
        'etaMinus',
        'etaPlus',
        'minStep',
        'maxStep',
      ].map((name) => round(valueAt(rule, name, t))) as [number, number, number, number, number];
      return (theta, gradient, state) => {
        const g = multiply(1, gradient); // flushes denormals
        const agreement = sign(g) * sign(state[0]!);
        const factor = agreement > 0 ? etaPlus : agreement < 0 ? etaMinus : 1;
        let step = multiply(t === 1 ? start : state[1]!, factor);
        if (step < minStep) step = minStep;
        if (step > maxStep) step = maxStep;
        state[0] = agreement < 0 ? 0 : g;
        state[1] = step;
        return subtract(theta, multiply(sign(state[0]), step));
      };
    },
  };
};
