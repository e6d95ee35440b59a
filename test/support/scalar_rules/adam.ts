import { arithmetic, power } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

const { sqrt } = Math;

/** Weight decay of adam is added to the gradient; that of adamw shrinks θ before the step. */
const adamFamily =
  (isDecoupled: boolean): Maker =>
  (rule, type) => {
    const { round, add, subtract, multiply, divide, root } = arithmetic[type];
    return {
      states: rule.amsgrad ? ['m', 'v', 'vMax'] : ['m', 'v'],
      at: (t) => {
        const [eta, beta1, beta2, epsilon, lambda] = ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay'].map(
          (name) => valueAt(rule, name, t),
        ) as [number, number, number, number, number];
        const coupled = round(isDecoupled ? 0 : lambda);
        const keep = round(1 - eta * lambda);
        const stepSize = round(eta / (1 - power(beta1, t)));
        const vScale = round(1 / sqrt(1 - power(beta2, t)));
        const average = (beta: number, old: number, value: number) =>
          add(multiply(round(beta), old), multiply(round(1 - beta), value));
        return (theta, gradient, state) => {
          const decayed = isDecoupled ? multiply(keep, theta) : theta;
          const g = add(gradient, multiply(coupled, decayed));
          const m = average(beta1, state[0]!, g);
          const v = average(beta2, state[1]!, multiply(g, g));
          const vMax = !rule.amsgrad || v > state[2]! ? v : state[2]!;
          state[0] = m;
          state[1] = v;
          if (rule.amsgrad) state[2] = vMax;
          return subtract(decayed, divide(multiply(stepSize, m), add(multiply(root(vMax), vScale), round(epsilon))));
        };
      },
    };
  };

export const adam = adamFamily(false);
export const adamw = adamFamily(true);
