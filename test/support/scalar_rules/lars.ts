import { arithmetic } from '../arithmetic';
import { type Maker, valuesAt } from './scalar_rule';

const { sqrt } = Math;

export const lars: Maker = (rule, type) => {
  const { round, add, subtract, multiply } = arithmetic[type];
  const square = (x: number) => arithmetic.float64.multiply(x, x);
  return {
    states: ['v'],
    scope: 'array',
    at: (t) => {
      const h = valuesAt(rule, ['learningRate', 'momentum', 'trustCoefficient', 'epsilon', 'weightDecay'], t);
      const [mu, lambda] = [round(h.momentum), round(h.weightDecay)];
      return {
        measure: (theta, gradient) => [square(theta), square(gradient)],
        conclude: (sums) => {
          const [parameters, gradients] = sums.map(sqrt) as [number, number];
          const hasTrust = parameters !== 0 && gradients !== 0;
          const trust = (h.trustCoefficient * parameters) / (gradients + h.weightDecay * parameters + h.epsilon);
          const stepSize = round(hasTrust ? h.learningRate * trust : h.learningRate);
          return (theta, gradient, state) => {
            const step = multiply(stepSize, add(gradient, multiply(lambda, theta)));
            state[0] = add(multiply(mu, state[0]!), step);
            return subtract(theta, rule.nesterov ? add(multiply(mu, state[0]), step) : state[0]);
          };
        },
      };
    },
  };
};
