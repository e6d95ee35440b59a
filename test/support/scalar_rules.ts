import type { FloatType, Hyperparameter, Rule } from 'glissade';
import { arithmetic, power } from './arithmetic';

const { sqrt } = Math;

/** One step of one parameter: takes and returns θ, and changes its state in place. */
export type ScalarUpdate = (theta: number, gradient: number, state: number[]) => number;

/** An update rule, one number at a time: what the kernels must equal bit for bit. */
export interface ScalarRule {
  states: string[];
  /** The update of step t = 1, 2, …: what depends on t alone is computed in double and rounded once. */
  at(t: number): ScalarUpdate;
}

export function scalarRule(rule: Rule, type: FloatType): ScalarRule {
  return makers[rule.name]!(rule, type);
}

type Maker = (rule: Rule, type: FloatType) => ScalarRule;

/** The value of a hyperparameter at step t. */
const valueAt = (rule: Rule, name: string, t: number): number => {
  const value = rule[name] as Hyperparameter;
  return typeof value === 'function' ? value(t - 1) : value;
};

const sgd: Maker = (rule, type) => {
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

const momentum: Maker = (rule, type) => {
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

/** adam's decay is added to the gradient; adamw's shrinks θ before the step. */
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

const makers: Record<string, Maker> = { sgd, momentum, adam: adamFamily(false), adamw: adamFamily(true) };
