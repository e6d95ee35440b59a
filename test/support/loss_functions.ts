import type { Loss, LossLike, LossName } from '../../lib/losses/loss';

const { abs, exp, log, max, sign } = Math;

interface LossFunction {
  /** The loss of a row of outputs. */
  value(outputs: number[], targets: number[]): number;
  /** The gradient of the loss with respect to the outputs. */
  gradient(outputs: number[], targets: number[]): number[];
  /** The weight of a row in the mean over rows. Default: 1. */
  share?(targets: number[]): number;
  isCorrect?(outputs: number[], targets: number[]): boolean;
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const indexOfLargest = (values: number[]) => values.indexOf(max(...values));

const logSumExp = (z: number[]) => {
  const top = max(...z);
  return top + log(sum(z.map((x) => exp(x - top))));
};
const softplus = (x: number) => logSumExp([0, x]);
const sigmoid = (x: number) => 1 / (1 + exp(-x));

/** Targets as a distribution; a class number becomes one-hot. */
const distribution = (outputs: number[], targets: number[]) =>
  targets.length === 1 ? outputs.map((_, j) => (j === targets[0] ? 1 : 0)) : targets;

/** A loss that is a sum over outputs, each with its own target. */
const elementwise = (
  value: (z: number, t: number) => number,
  derivative: (z: number, t: number) => number,
  isCorrect?: (z: number, t: number) => boolean,
): LossFunction => ({
  value: (outputs, targets) => sum(outputs.map((z, j) => value(z, targets[j]!))),
  gradient: (outputs, targets) => outputs.map((z, j) => derivative(z, targets[j]!)),
  ...(isCorrect && { isCorrect: (outputs, targets) => outputs.every((z, j) => isCorrect(z, targets[j]!)) }),
});

function crossEntropy({ labelSmoothing = 0, classWeights }: { labelSmoothing?: number; classWeights?: number[] }) {
  const weight = (j: number) => classWeights?.[j] ?? 1;
  const masses = (z: number[], targets: number[]) =>
    distribution(z, targets).map((p, j) => weight(j) * ((1 - labelSmoothing) * p + labelSmoothing / z.length));
  return {
    value: (z, targets) => {
      const normalizer = logSumExp(z);
      return -sum(masses(z, targets).map((p, j) => (p === 0 ? 0 : p * (z[j]! - normalizer))));
    },
    gradient: (z, targets) => {
      const p = masses(z, targets);
      const normalizer = logSumExp(z);
      return z.map((x, j) => sum(p) * exp(x - normalizer) - p[j]!);
    },
    share: (targets) => (targets.length === 1 ? weight(targets[0]!) : 1),
    isCorrect: (z, targets) => indexOfLargest(z) === indexOfLargest(distribution(z, targets)),
  } satisfies LossFunction;
}

function logistic({ labelSmoothing = 0, positiveWeight = 1 }: { labelSmoothing?: number; positiveWeight?: number }) {
  const smooth = (y: number) => (1 - labelSmoothing) * y + labelSmoothing / 2;
  return elementwise(
    (z, y) => positiveWeight * smooth(y) * softplus(-z) + (1 - smooth(y)) * softplus(z),
    (z, y) => (1 - smooth(y)) * sigmoid(z) - positiveWeight * smooth(y) * sigmoid(-z),
    (z, y) => z > 0 === y > 0.5,
  );
}

function focal({ gamma = 2, alpha }: { gamma?: number; alpha?: number }): LossFunction {
  const [positive, negative] = alpha === undefined ? [1, 1] : [alpha, 1 - alpha];
  const ofOutputs = elementwise(
    (z, y) =>
      y * positive * sigmoid(-z) ** gamma * softplus(-z) + (1 - y) * negative * sigmoid(z) ** gamma * softplus(z),
    (z, y) => {
      const [p, q] = [sigmoid(z), sigmoid(-z)];
      const ofYes = -(q ** (gamma + 1)) - gamma * p * q ** gamma * softplus(-z);
      const ofNo = p ** (gamma + 1) + gamma * q * p ** gamma * softplus(z);
      return y * positive * ofYes + (1 - y) * negative * ofNo;
    },
    (z, y) => z > 0 === y > 0.5,
  );
  const logSoftmax = (z: number[], label: number) => z[label]! - logSumExp(z);
  const ofClasses: LossFunction = {
    value: (z, [label]) => -((1 - exp(logSoftmax(z, label!))) ** gamma) * logSoftmax(z, label!),
    gradient: (z, [label]) => {
      const [log, p] = [logSoftmax(z, label!), exp(logSoftmax(z, label!))];
      const slope = gamma * (1 - p) ** (gamma - 1) * log - (1 - p) ** gamma / p; // dℓ/dp
      return z.map((x, j) => slope * p * (Number(j === label) - exp(x - logSumExp(z))));
    },
    isCorrect: (z, [label]) => indexOfLargest(z) === label,
  };
  const of = (z: number[], targets: number[]) => (targets.length < z.length ? ofClasses : ofOutputs);
  return {
    value: (z, targets) => of(z, targets).value(z, targets),
    gradient: (z, targets) => of(z, targets).gradient(z, targets),
    isCorrect: (z, targets) => of(z, targets).isCorrect!(z, targets),
  };
}

/** Hinge losses with a penalty for the violation of the margin. `slope` is its derivative. */
function hinge(penalty: (v: number) => number, slope: (v: number) => number): LossFunction {
  const signOf = (t: number) => (t > 0 ? 1 : -1);
  const ofOutputs = elementwise(
    (z, t) => penalty(1 - signOf(t) * z),
    (z, t) => -signOf(t) * slope(1 - signOf(t) * z),
    (z, t) => z > 0 === t > 0,
  );
  const rivalOf = (z: number[], label: number) =>
    indexOfLargest(z.map((x, j) => (j === label ? Number.NEGATIVE_INFINITY : x)));
  const violation = (z: number[], label: number) => 1 + z[rivalOf(z, label)]! - z[label]!;
  const ofClasses: LossFunction = {
    value: (z, [label]) => penalty(violation(z, label!)),
    gradient: (z, [label]) => {
      const steepness = slope(violation(z, label!));
      return z.map((_, j) => (j === label ? -steepness : j === rivalOf(z, label!) ? steepness : 0));
    },
    isCorrect: (z, [label]) => indexOfLargest(z) === label,
  };
  const of = (z: number[], targets: number[]) => (targets.length < z.length ? ofClasses : ofOutputs);
  return {
    value: (z, targets) => of(z, targets).value(z, targets),
    gradient: (z, targets) => of(z, targets).gradient(z, targets),
    isCorrect: (z, targets) => of(z, targets).isCorrect!(z, targets),
  };
}

const quantileOf = (level: number) =>
  elementwise(
    (z, t) => max(level * (t - z), (level - 1) * (t - z)),
    (z, t) => (z === t ? 0 : z < t ? -level : 1 - level),
  );

/** The mean loss of several quantiles of one number. */
const quantiles = (levels: number[]): LossFunction => ({
  value: (z, t) => sum(levels.map((level, j) => quantileOf(level).value([z[j]!], t))) / levels.length,
  gradient: (z, t) => levels.map((level, j) => quantileOf(level).gradient([z[j]!], t)[0]! / levels.length),
});

/** The mean of several losses, each over some outputs. A target that is NaN is not known. */
function jointOf(heads: readonly { loss: Loss; outputs: number }[]): LossFunction {
  const parts = (z: number[], t: number[]) => {
    const [outputs, targets] = [[...z], [...t]];
    return heads.map(({ loss, outputs: width }) => {
      const isOne =
        loss.name === 'crossEntropy' || (loss.name === 'focal' && width > 1) || Array.isArray(loss.quantile);
      return { of: lossFunction(loss), z: outputs.splice(0, width), t: targets.splice(0, isOne ? 1 : width) };
    });
  };
  return {
    value: (z, t) =>
      sum(parts(z, t).map((part) => (Number.isNaN(part.t[0]) ? 0 : part.of.value(part.z, part.t)))) / heads.length,
    gradient: (z, t) =>
      parts(z, t).flatMap((part) =>
        (Number.isNaN(part.t[0]) ? part.z.map(() => 0) : part.of.gradient(part.z, part.t)).map((g) => g / heads.length),
      ),
  };
}

const functions: Record<LossName | 'joint', (options: Record<string, never>) => LossFunction> = {
  crossEntropy,
  logistic,
  focal,
  squared: () =>
    elementwise(
      (z, t) => (z - t) ** 2,
      (z, t) => 2 * (z - t),
    ),
  absolute: () =>
    elementwise(
      (z, t) => abs(z - t),
      (z, t) => sign(z - t),
    ),
  huber: ({ delta = 1 }: { delta?: number }) =>
    elementwise(
      (z, t) => (abs(z - t) <= delta ? (z - t) ** 2 / 2 : delta * (abs(z - t) - delta / 2)),
      (z, t) => (abs(z - t) <= delta ? z - t : delta * sign(z - t)),
    ),
  quantile: ({ quantile = 0.5 }: { quantile?: number | number[] }) =>
    Array.isArray(quantile) ? quantiles(quantile) : quantileOf(quantile),
  joint: ({ heads = [] }: { heads?: readonly { loss: Loss; outputs: number }[] }) => jointOf(heads),
  poisson: () =>
    elementwise(
      (z, t) => exp(z) - t * z,
      (z, t) => exp(z) - t,
    ),
  hinge: () =>
    hinge(
      (v) => max(0, v),
      (v) => (v > 0 ? 1 : 0),
    ),
  squaredHinge: () =>
    hinge(
      (v) => max(0, v) ** 2,
      (v) => 2 * max(0, v),
    ),
};

/** A textbook loss, in plain doubles. */
export function lossFunction(loss: LossLike): LossFunction {
  const { name, ...options }: Partial<Loss> & Pick<Loss, 'name'> = typeof loss === 'string' ? { name: loss } : loss;
  return functions[name as LossName | 'joint'](options as Record<string, never>);
}

/** Σ w·ℓ / Σ w·share over rows. */
export function weightedMean(
  loss: LossFunction,
  rows: readonly { targets: number[]; weight?: number }[],
  values: number[],
): number {
  return sum(values.map((value, i) => (rows[i]!.weight ?? 1) * value)) / totalShare(loss, rows);
}

export const totalShare = (loss: LossFunction, rows: readonly { targets: number[]; weight?: number }[]): number =>
  sum(rows.map(({ targets, weight = 1 }) => weight * (loss.share?.(targets) ?? 1)));
