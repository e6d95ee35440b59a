import '../../../lib/definitions';
import { Random } from '../../../lib/numbers/random';
import { evaluate } from '../../../lib/tables/evaluate';
import { table } from '../../../lib/tables/open';
import type { Target } from '../../../lib/tables/target';
import { effectiveCount, meanOf } from '../../../lib/tables/train/estimates';
import { type Predicted, scoresOf } from '../../../lib/tables/train/scores';
import { train } from '../../../lib/tables/train/train';
import { range } from '../../support/numbers';

const classes: Target = { column: 'y', task: 'classification', classes: [false, true] };
const number: Target = { column: 'y', task: 'regression', mean: 0, deviation: 1 };

/** Predictions for `count` rows, of which each is drawn. */
function drawn(target: Target, count: number, seed: number): Predicted & { weights: Float64Array } {
  const random = new Random(seed);
  const chances = Float64Array.from({ length: count }, () => random.uniform());
  const isNumber = target.task === 'regression';
  return {
    predictions: isNumber
      ? chances
      : Float64Array.from({ length: 2 * count }, (_, i) => (i % 2 ? chances[i >> 1]! : 1 - chances[i >> 1]!)),
    truths: Float64Array.from({ length: count }, () => (isNumber ? random.uniform() : Math.round(random.uniform()))),
    weights: Float64Array.from({ length: count }, () => Math.floor(4 * random.uniform())),
  };
}

/** The same rows, each as often as its weight says. */
function repeated({ predictions, truths, weights }: Predicted & { weights: Float64Array }): Predicted {
  const rows = Array.from(weights).flatMap((weight, row) => range(weight).map(() => row));
  const width = predictions.length / truths.length;
  return {
    predictions: Float64Array.from(rows.flatMap((row) => [...predictions.subarray(row * width, (row + 1) * width)])),
    truths: Float64Array.from(rows, (row) => truths[row]!),
  };
}

describe('scores of weighted rows', () => {
  test.each([
    ['classes', classes],
    ['numbers', number],
  ])('of %s are those of repeated rows', (_, target) => {
    const weighted = drawn(target, 60, 1);
    const [scores, expected] = [scoresOf(target, weighted), scoresOf(target, repeated(weighted))];
    expect(Object.keys(scores)).toEqual(Object.keys(expected));
    for (const [name, { value }] of Object.entries(expected)) expect(scores[name]!.value).toBeCloseTo(value, 12);
  });

  test.each([
    ['classes', classes],
    ['numbers', number],
  ])('of %s are those without weights if all weights are equal, whatever they are', (_, target) => {
    const { predictions, truths } = drawn(target, 60, 2);
    const weights = new Float64Array(60).fill(0.1);
    const [scores, expected] = [{ weights }, {}].map((more) => scoresOf(target, { predictions, truths, ...more }));
    for (const [name, estimate] of Object.entries(expected!))
      for (const end of ['value', 'low', 'high'] as const) expect(scores![name]![end]).toBeCloseTo(estimate[end], 12);
  });

  test('have intervals that cover the true value, which those of as many equal rows do not', () => {
    const covered = { weighted: 0, repeated: 0 };
    const trials = 400;
    for (let trial = 0; trial < trials; ++trial) {
      const random = new Random(trial + 1);
      const weights = Float64Array.from({ length: 60 }, () => Math.ceil(1 / random.uniform()));
      const values = weights.map(() => random.uniform());
      const rows = Array.from(weights).flatMap((weight, row) => range(weight).map(() => values[row]!));
      const estimates = { weighted: meanOf(values, { weights }), repeated: meanOf(Float64Array.from(rows)) };
      for (const name of ['weighted', 'repeated'] as const)
        if (estimates[name].low <= 0.5 && estimates[name].high >= 0.5) covered[name] += 1 / trials;
    }
    expect(covered.weighted).toBeGreaterThan(0.9);
    expect(covered.repeated).toBeLessThan(0.75);
  });

  test('are worth as many rows as have equal weights', () => {
    expect(effectiveCount(Float64Array.of(2, 2, 2, 0))).toBe(3);
    expect(effectiveCount(Float64Array.of(1, 1, 1e9))).toBe(1);
  });
});

test('rows of weight 0 are counted apart from rows without a target', async () => {
  const weighted = await table(
    range(60).map((row) => ({ x: Math.sin(row), w: row % 4, y: row % 6 === 5 ? null : Math.sin(row), sold: row % 2 })),
  );
  const quick = { hidden: [], warnings: false, weight: 'w' } as const;
  const { model, report } = await train(weighted, { target: 'y', ...quick });
  const expected = { rows: 35, withoutTarget: 10, withoutWeight: 15 };
  expect(report).toMatchObject(expected);
  expect(await evaluate(model, weighted)).toMatchObject(expected);
  const several = await train(weighted, { target: ['y', 'sold'], ...quick });
  expect(several.report).toMatchObject({ rows: 45, withoutTarget: 0, withoutWeight: 15 });
  const plain = await train(weighted, { target: 'y', hidden: [], warnings: false });
  expect(plain.report).toMatchObject({ rows: 50, withoutTarget: 10 });
  expect(plain.report.withoutWeight).toBeUndefined();
});
