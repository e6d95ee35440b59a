import { arithmetic, power } from '../arithmetic';
import { type Maker, valuesAt } from './scalar_rule';

const { abs, max, min, sqrt } = Math;
const names = [
  'learningRate',
  'beta1',
  'beta2',
  'beta3',
  'epsilon',
  'weightDecay',
  'd0',
  'dCoefficient',
  'growthRate',
] as const;

export const prodigy: Maker = (rule, type) => {
  const { round, add, subtract, multiply, ratio, root } = arithmetic[type];
  const double = arithmetic.float64;
  let d = 0;
  let largest = 0;
  let numerator = 0;
  let counted = 0;
  return {
    states: ['m', 'v', 's', 'theta0'],
    scope: 'everything',
    at: (t) => {
      const h = valuesAt(rule, names, t);
      if (t === 1) d = largest = h.d0;
      const bias = sqrt(1 - power(h.beta2, counted + 1)) / (1 - power(h.beta1, counted + 1));
      const rate = d * h.learningRate * (rule.biasCorrection ? bias : 1);
      const gain = (d / h.d0) * rate;
      const sGain = (d / h.d0) * (rule.safeguardWarmup ? d : rate);
      const beta3 = h.beta3 || sqrt(h.beta2);
      const moves = h.learningRate > 0;
      const keep = (beta: number, share: number, old: number, value: number) =>
        moves ? add(multiply(round(beta), old), multiply(round(share), value)) : add(old, multiply(0, value));
      const [mShare, vShare] = [d * (1 - h.beta1), d * d * (1 - h.beta2)];
      return {
        measure: (theta, gradient, state) => {
          if (t === 1) state[3] = theta;
          state[0] = keep(h.beta1, mShare, state[0]!, gradient);
          state[1] = keep(h.beta2, vShare, state[1]!, multiply(gradient, gradient));
          state[2] = keep(beta3, sGain, state[2]!, gradient);
          const progress = double.multiply(gradient, subtract(state[3]!, theta));
          return [double.multiply(gain, progress), moves ? abs(state[2]) : 0];
        },
        conclude: ([progress, total]) => {
          if (total === 0) return (theta) => multiply(theta, 1); // flushes denormals
          numerator = beta3 * numerator + progress!;
          const estimate = (h.dCoefficient * numerator) / total!;
          if (d === h.d0) d = max(d, estimate);
          largest = max(largest, estimate);
          if (h.growthRate === 0) d = largest;
          else d = min(largest, d * h.growthRate);
          counted += 1;
          const epsilon = round(d * h.epsilon);
          const shrink = round(1 - rate * h.weightDecay);
          return (theta, _, state) =>
            subtract(multiply(theta, shrink), ratio(multiply(round(rate), state[0]!), add(root(state[1]!), epsilon)));
        },
      };
    },
  };
};
