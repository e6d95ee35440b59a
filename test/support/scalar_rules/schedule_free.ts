import { arithmetic, power, realPower } from '../arithmetic';
import { type Maker, valuesAt } from './scalar_rule';

const { max, sqrt } = Math;
const names = [
  'learningRate',
  'beta1',
  'beta2',
  'epsilon',
  'weightDecay',
  'warmupSteps',
  'weightStepPower',
  'weightRatePower',
] as const;

export const scheduleFree: Maker = (rule, type) => {
  const { round, add, subtract, multiply, ratio, root } = arithmetic[type];
  const adapts = rule.base === 'adamw';
  let weights = 0;
  let largest = 0;
  let previousBeta: number | undefined;
  return {
    states: adapts ? ['z', 'v'] : ['z'],
    at: (t) => {
      const h = valuesAt(rule, names, t);
      const eta = t < h.warmupSteps ? h.learningRate * (t / h.warmupSteps) : h.learningRate;
      largest = max(largest, eta);
      const ofRate = largest === 0 && h.weightRatePower > 0 ? 0 : realPower(largest, h.weightRatePower);
      const weight = realPower(t, h.weightStepPower) * ofRate;
      weights += weight;
      const rest = weights > 0 ? 1 - weight / weights : 1;
      const kept = round((h.beta1 / (previousBeta ?? h.beta1)) * rest);
      previousBeta = h.beta1;
      const length = round(eta * (1 - h.beta1 * rest));
      const vScale = round(1 / sqrt(1 - power(h.beta2, t)));
      const average = (old: number, value: number) =>
        add(multiply(round(h.beta2), old), multiply(round(1 - h.beta2), value));
      return (theta, gradient, state) => {
        let direction = gradient;
        if (adapts) {
          state[1] = average(state[1]!, multiply(gradient, gradient));
          direction = ratio(gradient, add(multiply(root(state[1]), vScale), round(h.epsilon)));
        }
        direction = add(direction, multiply(round(h.weightDecay), theta));
        const z = t === 1 ? theta : state[0]!;
        state[0] = subtract(z, multiply(round(eta), direction));
        return subtract(add(z, multiply(kept, subtract(theta, z))), multiply(length, direction));
      };
    },
  };
};
