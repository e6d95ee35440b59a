import { arithmetic, power, realPower } from '../arithmetic';
import { type Maker, valueAt } from './scalar_rule';

const { sqrt } = Math;

export const nadam: Maker = (rule, type) => {
  const { round, add, subtract, multiply, divide, root } = arithmetic[type];
  /** μ of a step under the hyperparameters of step t. */
  const momentum = (step: number, t: number) =>
    valueAt(rule, 'beta1', t) * (1 - 0.5 * realPower(0.96, step * valueAt(rule, 'momentumDecay', t)));
  return {
    states: ['m', 'v'],
    at: (t) => {
      const [eta, beta1, beta2, epsilon, lambda] = ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay'].map(
        (name) => valueAt(rule, name, t),
      ) as [number, number, number, number, number];
      const isDecoupled = rule.decoupledWeightDecay;
      let product = 1;
      for (let step = 1; step <= t; ++step) product *= momentum(step, step);
      const [mu, muNext] = [momentum(t, t), momentum(t + 1, t)];
      const ofGradient = round((eta * (1 - mu)) / (1 - product));
      const ofMoment = round((eta * muNext) / (1 - product * muNext));
      const vScale = round(1 / sqrt(1 - power(beta2, t)));
      const average = (beta: number, old: number, value: number) =>
        add(multiply(round(beta), old), multiply(round(1 - beta), value));
      return (theta, gradient, state) => {
        const decayed = isDecoupled ? multiply(round(1 - eta * lambda), theta) : theta;
        const g = add(gradient, multiply(round(isDecoupled ? 0 : lambda), decayed));
        const m = average(beta1, state[0]!, g);
        const v = average(beta2, state[1]!, multiply(g, g));
        state[0] = m;
        state[1] = v;
        const direction = add(multiply(ofGradient, g), multiply(ofMoment, m));
        return subtract(decayed, divide(direction, add(multiply(root(v), vScale), round(epsilon))));
      };
    },
  };
};
