// Losses of logits up to 10,000, with small and large tangents, compared with references of 60 digits.
import '../../lib/losses';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import type { LossLike } from '../../lib/losses/loss';
import { network } from '../../lib/training/network';
import { HyperDual, softplusOf, sumOf } from '../support/hyper_dual';
import { instructionSets, useInstructionSet } from '../support/instruction_sets';

const { abs, max, min } = Math;

type Type = 'float32' | 'float64';
const types: Record<Type, { epsilon: number; least: number; most: number; tangents: number[] }> = {
  float32: { epsilon: 2 ** -23, least: 2 ** -126, most: 3.4028235e38, tangents: [1, -1e-30, 1e30] },
  float64: { epsilon: 2 ** -52, least: 2 ** -1022, most: Number.MAX_VALUE, tangents: [1, -1e-300, 1e290] },
};

/** The loss of a row of logits. */
type Formula = (z: readonly HyperDual[], targets: readonly number[]) => HyperDual;

const elementwise =
  (of: (z: HyperDual, t: number) => HyperDual): Formula =>
  (z, targets) =>
    sumOf(z.map((each, j) => of(each, targets[j]!)));

/** −log softmax(z)_label. */
function minusLog(z: readonly HyperDual[], label: number): HyperDual {
  const top = z.reduce((a, b) => (b.value.gt(a.value) ? b : a));
  const others = z.filter((each) => each !== top).map((each) => each.minus(top).exp());
  return top.minus(z[label]!).plus(sumOf(others).ln1p());
}

/** log(1 − softmax(z)_label). */
function logDoubt(z: readonly HyperDual[], label: number): HyperDual {
  const ratios = z.filter((_, j) => j !== label).map((each) => each.minus(z[label]!).exp());
  return sumOf(ratios).inverse().ln1p().negated();
}

const smoothed = (y: number, smoothing: number) =>
  HyperDual.of(y).times(HyperDual.of(1).minus(smoothing)).plus(HyperDual.of(smoothing).times(0.5));

const logistic = (smoothing = 0, positiveWeight = 1) =>
  elementwise((z, t) => {
    const y = smoothed(t, smoothing);
    return softplusOf(z.negated())
      .times(y)
      .times(positiveWeight)
      .plus(softplusOf(z).times(HyperDual.of(1).minus(y)));
  });

const focal = (gamma: number, positive = 1, negative = 1) =>
  elementwise((z, t) => {
    const yes = softplusOf(z).times(-gamma).exp().times(softplusOf(z.negated()));
    const no = softplusOf(z.negated()).times(-gamma).exp().times(softplusOf(z));
    return yes.times(positive * t).plus(no.times(negative).times(HyperDual.of(1).minus(t)));
  });

const penalty = (v: HyperDual) => (v.value.gt(0) ? v : HyperDual.of(0));
const rivalOf = (z: readonly HyperDual[], label: number) =>
  z.filter((_, j) => j !== label).reduce((a, b) => (b.value.gt(a.value) ? b : a));

const hinge = elementwise((z, t) => penalty(z.times(t > 0 ? -1 : 1).plus(1)));
const huber = (delta: number) =>
  elementwise((z, t) => {
    const error = z.minus(t);
    const size = error.value.lt(0) ? error.negated() : error;
    return size.value.gt(delta) ? size.minus(delta / 2).times(delta) : error.times(error).times(0.5);
  });

const of = [
  1e-20, 0.3, 1.5, 5, 10, 15, 18, 20.25, 30, 43.9, 44, 50, 80, 87.25, 88, 88.5, 90, 104, 300, 700, 709, 745, 1000,
  9999.5,
].map(Math.fround);
const singles = of.flatMap((z) => [[z], [-z]]);
const several = [0.3, 5, 15, 18, 30, 50, 87.25, 104, 709, 9999.5].map(Math.fround).flatMap((z) => [
  [z, 0],
  [z, -z, 1, z - 0.5],
]);

interface Case {
  name: string;
  loss: LossLike;
  logits: number[][];
  targets: (outputs: number) => number[][];
  formula: Formula;
  /** The share of the error of the exponentials' arguments in the results, as a multiple of ε. */
  exponents?: number;
}

const each = (values: number[]) => (outputs: number) => values.map((value) => Array(outputs).fill(value) as number[]);
const labels = (outputs: number) => Array.from({ length: outputs }, (_, label) => [label]);
const mixed = (outputs: number) => [
  Array.from({ length: outputs }, (_, j) => (j === 0 ? 1 : 0)),
  Array.from({ length: outputs }, (_, j) => (j === 0 ? 1 - (outputs - 1) / 16 : 1 / 16)),
];
const masses = (targets: readonly number[], outputs: number) =>
  targets.length === 1 ? Array.from({ length: outputs }, (_, j) => (j === targets[0] ? 1 : 0)) : targets;

const cases: Case[] = [
  {
    name: 'crossEntropy',
    loss: 'crossEntropy',
    logits: several,
    targets: labels,
    formula: (z, [label]) => minusLog(z, label!),
  },
  {
    name: 'crossEntropy of distributions',
    loss: 'crossEntropy',
    logits: several,
    targets: mixed,
    formula: (z, targets) => sumOf(targets.map((p, j) => minusLog(z, j).times(p))),
  },
  {
    name: 'crossEntropy with smoothing',
    loss: { name: 'crossEntropy', labelSmoothing: 0.25 },
    logits: several,
    targets: labels,
    formula: (z, targets) =>
      sumOf(
        masses(targets, z.length).map((p, j) =>
          minusLog(z, j).times(HyperDual.of(0.75 * p).plus(HyperDual.of(0.25).over(z.length))),
        ),
      ),
  },
  { name: 'logistic', loss: 'logistic', logits: singles, targets: each([0, 0.25, 1]), formula: logistic() },
  {
    name: 'logistic with weight and smoothing',
    loss: { name: 'logistic', positiveWeight: 2 ** -10, labelSmoothing: 0.125 },
    logits: singles,
    targets: each([0, 1]),
    formula: logistic(0.125, 2 ** -10),
  },
  ...[0, 0.5, 2, 5].map((gamma) => ({
    name: `focal with γ = ${gamma}`,
    loss: { name: 'focal', gamma } as const,
    logits: singles,
    targets: each([0, 0.25, 1]),
    formula: focal(gamma),
    exponents: gamma,
  })),
  ...[0.5, 2, 5].map((gamma) => ({
    name: `focal of classes with γ = ${gamma}`,
    loss: { name: 'focal', gamma } as const,
    logits: several,
    targets: labels,
    formula: ((z, [label]) => logDoubt(z, label!).times(gamma).exp().times(minusLog(z, label!))) satisfies Formula,
    exponents: gamma,
  })),
  {
    name: 'squared',
    loss: 'squared',
    logits: singles,
    targets: each([0.5, 7]),
    formula: elementwise((z, t) => z.minus(t).times(z.minus(t))),
  },
  {
    name: 'absolute',
    loss: 'absolute',
    logits: singles,
    targets: each([0.5, 7]),
    formula: elementwise((z, t) => (z.value.lt(t) ? z.minus(t).negated() : z.minus(t))),
  },
  { name: 'huber', loss: { name: 'huber', delta: 2 }, logits: singles, targets: each([0.5, 7]), formula: huber(2) },
  {
    name: 'quantile',
    loss: { name: 'quantile', quantile: 0.875 },
    logits: singles,
    targets: each([0.5, 7]),
    formula: elementwise((z, t) => z.minus(t).times(z.value.lt(t) ? -0.875 : 0.125)),
  },
  {
    name: 'poisson',
    loss: 'poisson',
    logits: singles,
    targets: each([0, 3]),
    formula: elementwise((z, t) => z.exp().minus(z.times(t))),
  },
  { name: 'hinge', loss: 'hinge', logits: singles, targets: each([-1, 1]), formula: hinge },
  {
    name: 'squaredHinge',
    loss: 'squaredHinge',
    logits: singles,
    targets: each([-1, 1]),
    formula: elementwise((z, t) => {
      const v = penalty(z.times(t > 0 ? -1 : 1).plus(1));
      return v.times(v);
    }),
  },
  {
    name: 'hinge of classes',
    loss: 'hinge',
    logits: several,
    targets: labels,
    formula: (z, [label]) => penalty(rivalOf(z, label!).minus(z[label!]!).plus(1)),
  },
  {
    name: 'squaredHinge of classes',
    loss: 'squaredHinge',
    logits: several,
    targets: labels,
    formula: (z, [label]) => {
      const v = penalty(rivalOf(z, label!).minus(z[label!]!).plus(1));
      return v.times(v);
    },
  },
];

/** A network of one example with its biases as outputs. */
function saying(logits: readonly number[], type: Type) {
  const model = network({ inputs: 1, layers: [dense(logits.length)], type });
  model.parameters.fill(0);
  model.parameters.set(logits, logits.length);
  return model;
}

interface Expected {
  value: number;
  gradient: number[];
  /** The Hessian, with tangents as columns. */
  hessian: number[][];
}
const known = new Map<string, Expected>();

function expectedOf({ name, formula }: Case, logits: readonly number[], targets: readonly number[]): Expected {
  const key = `${name} ${logits} ${targets}`;
  if (!known.has(key)) {
    const outputs = logits.map((_, j) => j);
    const at = (i: number, k: number) =>
      formula(
        logits.map((z, j) => HyperDual.of(z, j === i ? 1 : 0, j === k ? 1 : 0)),
        targets,
      );
    const upper = outputs.map((i) => outputs.slice(i).map((k) => at(i, k))); // the Hessian is symmetric
    const entry = (i: number, k: number) => upper[min(i, k)]![abs(i - k)]!;
    known.set(key, {
      value: entry(0, 0).value.toNumber(),
      gradient: outputs.map((i) => entry(i, i).a.toNumber()),
      hessian: outputs.map((i) => outputs.map((k) => entry(i, k).both.toNumber())),
    });
  }
  return known.get(key)!;
}

describe.each(instructionSets)('on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  describe.each(['float32', 'float64'] as const)('in %s', (type) => {
    const { epsilon, least, most, tangents } = types[type];
    const Numbers = type === 'float32' ? Float32Array : Float64Array;

    test.each(cases)('$name and its derivatives are accurate for large logits', (given) => {
      const wrong: string[] = [];
      for (const logits of given.logits)
        for (const targets of given.targets(logits.length)) {
          const outputs = logits.length;
          const expected = expectedOf(
            given,
            logits.map((z) => new Numbers([z])[0]!),
            targets,
          );
          const spread = max(...logits.map(abs)) * 2;
          // e^−x has the relative error of its rounded x. No x above 745 matters.
          const bound = (size: number, by: number) =>
            epsilon * (8 + (2 + (given.exponents ?? 0)) * min(spread, 745)) * abs(size) +
            8 * least * (1 + abs(by)) * (1 + spread);
          const check = (what: string, found: number, exact: number, size: number, by = 1) => {
            if (abs(exact) > most) return;
            if (!(abs(found - exact) <= bound(size, by)))
              wrong.push(`${what} at [${logits}] for ${targets}: ${found} for ${exact}`);
          };
          const model = saying(logits, type);
          const data = new Dataset({ inputs: [[0]], targets: [targets] });
          const options = { loss: given.loss };
          const terms = given.name === 'poisson' ? abs(logits[0]! * targets[0]!) : 0;
          check('loss', model.evaluate(data, options).loss, expected.value, abs(expected.value) + terms);
          const { gradient } = model.gradient(data, options);
          for (let j = 0; j < outputs; ++j) {
            const exact = expected.gradient[j]!;
            check(`gradient ${j}`, gradient[outputs + j]!, exact, sizeOfGradient(given, exact, targets));
          }
          for (const by of expected.gradient.every((slope) => abs(slope) < most) ? tangents : []) {
            const direction = logits.map((_, j) => ((j % 3) + 1) / 4);
            const product = model.hessianVectorProduct(
              data,
              new Numbers([...logits.map(() => 0), ...direction.map((part) => part * by)]),
              options,
            );
            for (let j = 0; j < outputs; ++j) {
              const terms = expected.hessian[j]!.map((bend, k) => bend * direction[k]! * by);
              const exact = terms.reduce((sum, term) => sum + term, 0);
              check(`product ${j} by ${by}`, product[outputs + j]!, exact, max(...terms.map(abs)), by);
            }
          }
        }
      expect(wrong.slice(0, 20)).toEqual([]);
    });
  });
});

/** If targets are between 0 and 1, gradients are differences with the errors of their terms. */
function sizeOfGradient({ loss }: Case, exact: number, targets: readonly number[]): number {
  const isPlain = typeof loss === 'string' || !('labelSmoothing' in loss);
  const isDifference = targets.some((t) => t > 0 && t < 1) || !isPlain || loss === 'poisson';
  return isDifference ? max(abs(exact), ...targets.map((t) => max(t, 1))) : exact;
}
