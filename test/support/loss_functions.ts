import type { Loss } from 'glissade';

const { exp, log, max } = Math;

interface LossFunction {
  /** The loss of a row of outputs. */
  value(outputs: number[], targets: number[]): number;
  /** Its gradient with respect to the outputs. */
  gradient(outputs: number[], targets: number[]): number[];
  isCorrect?(outputs: number[], targets: number[]): boolean;
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const indexOfLargest = (values: number[]) => values.indexOf(max(...values));

const logSumExp = (z: number[]) => {
  const top = max(...z);
  return top + log(sum(z.map((x) => exp(x - top))));
};

/** A class number as a distribution. */
const distribution = (outputs: number[], targets: number[]) =>
  targets.length === 1 ? outputs.map((_, j) => (j === targets[0] ? 1 : 0)) : targets;

export const lossFunctions: Record<Loss, LossFunction> = {
  crossEntropy: {
    value: (z, targets) => {
      const normalizer = logSumExp(z);
      return -sum(distribution(z, targets).map((p, j) => (p === 0 ? 0 : p * (z[j]! - normalizer))));
    },
    gradient: (z, targets) => {
      const p = distribution(z, targets);
      const normalizer = logSumExp(z);
      return z.map((x, j) => sum(p) * exp(x - normalizer) - p[j]!);
    },
    isCorrect: (z, targets) => indexOfLargest(z) === indexOfLargest(distribution(z, targets)),
  },
  logistic: {
    value: (z, y) => sum(z.map((x, j) => logSumExp([0, x]) - y[j]! * x)),
    gradient: (z, y) => z.map((x, j) => 1 / (1 + exp(-x)) - y[j]!),
    isCorrect: (z, y) => z.every((x, j) => x > 0 === y[j]! > 0.5),
  },
  squared: {
    value: (outputs, targets) => sum(outputs.map((y, j) => (y - targets[j]!) ** 2)),
    gradient: (outputs, targets) => outputs.map((y, j) => 2 * (y - targets[j]!)),
  },
};
