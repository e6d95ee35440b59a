import fs from 'node:fs';
import path from 'node:path';
import '../../../lib/definitions';
import { score } from '../../../lib/models/score';
import { Random } from '../../../lib/numbers/random';
import type { ClassTarget } from '../../../lib/tables/target';
import type { Estimate } from '../../../lib/tables/train/estimates';
import { type Predicted, scoresOf, scoresOfEachClass } from '../../../lib/tables/train/scores';
import { range } from '../../support/numbers';

interface Expected {
  readonly balancedAccuracy: number;
  readonly averagePrecision?: number;
  readonly auc?: number;
  readonly precision: number[];
  readonly recall: number[];
  readonly f1: number[];
}

interface Case {
  readonly classes: number;
  readonly positive: 0 | 1;
  readonly probabilities: number[];
  readonly truths: number[];
  readonly weights: number[];
  readonly plain: Expected;
  readonly weighted: Expected;
}

const golden = path.join(__dirname, '../../golden/table_scores.json');
const { cases } = JSON.parse(fs.readFileSync(golden, 'utf8')) as { cases: Case[] };

const targetOf = (count: number): ClassTarget => ({
  column: 'y',
  task: 'classification',
  classes: ['a', 'b', 'c'].slice(0, count),
});

const predictedIn = ({ probabilities, truths }: Case): Predicted => ({
  predictions: Float64Array.from(probabilities),
  truths: Float64Array.from(truths),
});

describe.each(cases)('scores of $classes classes, $positive positive', (given) => {
  test.each(['plain', 'weighted'] as const)('are those of scikit-learn, %s', (kind) => {
    const weights = kind === 'weighted' ? Float64Array.from(given.weights) : undefined;
    const predicted = { ...predictedIn(given), weights };
    const target = targetOf(given.classes);
    const scores = scoresOf(target, predicted, given.positive);
    const expected = given[kind];
    for (const name of ['balancedAccuracy', 'averagePrecision', 'auc'] as const)
      if (expected[name] !== undefined) expect(scores[name]!.value).toBeCloseTo(expected[name], 12);
      else expect(scores[name]).toBeUndefined();
    const { byClass } = scoresOfEachClass(target, predicted);
    for (const [place, one] of byClass!.entries())
      for (const name of ['precision', 'recall', 'f1'] as const)
        expect(one[name]!.value).toBeCloseTo(expected[name][place]!, 12);
    const estimates = [
      ...Object.values(scores),
      ...byClass!.flatMap(({ precision, recall, f1 }) => [precision, recall, f1]),
    ];
    for (const estimate of estimates) {
      const { value, low, high } = estimate as Estimate;
      expect(low <= value && value <= high).toBe(true);
    }
  });

  test('count the rows of each class, and those that are predicted as it', () => {
    const { byClass } = scoresOfEachClass(targetOf(given.classes), predictedIn(given));
    for (const [place, { rows, class: name }] of byClass!.entries()) {
      expect(name).toBe('abc'[place]);
      expect(rows).toBe(given.truths.filter((truth) => truth === place).length);
    }
    expect(byClass!.reduce((sum, { predicted }) => sum + predicted, 0)).toBe(given.truths.length);
  });
});

/** Two classes with as many rows as `count`, one in five of them positive. Rows of a group have the same score and truth. */
function drawn(seed: number, count: number, rowsPerGroup = 1): Predicted & { groups: Float64Array } {
  const random = new Random(seed);
  const [predictions, truths, groups]: number[][] = [[], [], []];
  for (let group = 0; group < count / rowsPerGroup; ++group) {
    const truth = random.uniform() < 0.2 ? 1 : 0;
    const p = Math.min(1, 0.8 * random.uniform() + 0.35 * truth * random.uniform());
    for (let row = 0; row < rowsPerGroup; ++row) {
      predictions!.push(1 - p, p);
      truths!.push(truth);
      groups!.push(group);
    }
  }
  return {
    predictions: Float64Array.from(predictions!),
    truths: Float64Array.from(truths!),
    groups: Float64Array.from(groups!),
  };
}

const two = targetOf(2);

const estimatesOf = (predicted: Predicted): Record<string, Estimate> => {
  const { auc, averagePrecision, balancedAccuracy } = scoresOf(two, predicted, 1);
  const { precision, recall, f1 } = scoresOfEachClass(two, predicted).byClass![1]!;
  return { auc, averagePrecision, balancedAccuracy, precision, recall, f1 } as Record<string, Estimate>;
};

describe('intervals of scores of classes', () => {
  const truth = estimatesOf({ ...drawn(9999, 200_000), groups: undefined });
  const trials = 250;
  /** The share of the intervals of each score that have the true value. */
  const coverage = (draw: (seed: number) => Predicted): Record<string, number> => {
    const covered = Object.fromEntries(Object.keys(truth).map((name) => [name, 0]));
    for (const seed of range(trials))
      for (const [name, estimate] of Object.entries(estimatesOf(draw(seed + 1))))
        if (estimate && estimate.low <= truth[name]!.value && estimate.high >= truth[name]!.value)
          covered[name]! += 1 / trials;
    return covered;
  };

  test('cover the true value nineteen times in twenty', () => {
    const covered = coverage((seed) => ({ ...drawn(seed, 250), groups: undefined }));
    for (const [name, share] of Object.entries(covered))
      expect({ [name]: share > 0.915 && share < 0.985 }).toEqual({ [name]: true });
  });

  test('cover it for rows of groups as well, which those of independent rows do not', () => {
    for (const share of Object.values(coverage((seed) => drawn(seed, 1000, 4)))) expect(share).toBeGreaterThan(0.91);
    for (const share of Object.values(coverage((seed) => ({ ...drawn(seed, 1000, 4), groups: undefined }))))
      expect(share).toBeLessThan(0.85);
  });
});

test('average precision and AUC are the metrics of networks', () => {
  const { predictions, truths } = drawn(5, 300);
  const scores = truths.map((_, row) => predictions[2 * row + 1]!);
  const found = scoresOf(two, { predictions, truths }, 1);
  expect(found.averagePrecision!.value).toBeCloseTo(score('averagePrecision', scores, truths), 12);
  expect(found.auc!.value).toBeCloseTo(score('auc', scores, truths), 12);
});

describe('a class', () => {
  const [certain, never] = [Float64Array.of(1, 0, 1, 0, 0, 1), Float64Array.of(1, 0, 1, 0, 1, 0)];

  test('that fewer rows have is the positive one, and equal ones leave the second', () => {
    const positiveOf = (...truths: number[]) =>
      scoresOfEachClass(two, { predictions: never, truths: Float64Array.from(truths) }).positive;
    expect(positiveOf(0, 0, 1)).toBe('b');
    expect(positiveOf(0, 1, 1)).toBe('a');
    const equal = { predictions: never.slice(2), truths: Float64Array.of(0, 1) };
    expect(scoresOfEachClass(two, equal).positive).toBe('b');
  });

  test('without rows or predictions has no recall, no precision or neither', () => {
    const [a, b] = scoresOfEachClass(two, { predictions: never, truths: Float64Array.of(0, 0, 1) }).byClass!;
    expect([b!.precision, b!.recall!.value, b!.f1!.value]).toEqual([null, 0, 0]);
    expect(a!.recall).toMatchObject({ value: 1, high: 1 });
    expect(a!.recall!.low).toBeLessThan(0.5); // two rows say little
    const none = scoresOfEachClass(two, { predictions: never, truths: Float64Array.of(0, 0, 0) }).byClass![1]!;
    expect([none.precision, none.recall, none.f1]).toEqual([null, null, null]);
  });

  test('of which all rows are right has an interval that grows with fewer rows', () => {
    const scores = scoresOf(two, { predictions: certain, truths: Float64Array.of(0, 0, 1) });
    for (const name of ['auc', 'averagePrecision', 'balancedAccuracy']) {
      expect(scores[name]!.value).toBe(1);
      expect(scores[name]!.low).toBeLessThan(0.5);
    }
  });

  test('that training has not seen counts against the precision of the class that is predicted', () => {
    const given = { predictions: certain, truths: Float64Array.of(0, -1, 1) };
    const [a, b] = scoresOfEachClass(two, given).byClass!;
    expect([a!.precision!.value, a!.recall!.value, b!.precision!.value]).toEqual([0.5, 1, 1]);
    expect(scoresOf(two, given).balancedAccuracy!.value).toBe(1);
  });

  test('is the decided one if the model has another decision than the most probable class', () => {
    const given = { predictions: never, truths: Float64Array.of(0, 0, 1), decided: Float64Array.of(0, 1, 1) };
    expect(scoresOf(two, given)).toMatchObject({ accuracy: { value: 2 / 3 }, balancedAccuracy: { value: 0.75 } });
    expect(scoresOfEachClass(two, given).byClass![1]!.recall!.value).toBe(1);
  });
});
