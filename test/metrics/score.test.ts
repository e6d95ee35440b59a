import '../../lib/metrics/numbers';
import { confusionMatrix, recall as recallMetric } from '../../lib/metrics/classes';
import type { MetricLike } from '../../lib/metrics/metric';
import { type ScoreOptions, score } from '../../lib/models/score';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const logits = range(700).map((i) => 3 * Math.sin(i * i)); // more rows than are read at a time
const answers = logits.map((z, i) => Number(z + 2 * Math.cos(7 * i) > 0.5));
const probabilities = logits.map(sigmoid);

describe('the score of predictions', () => {
  test.each<MetricLike>([
    'auc',
    'averagePrecision',
    'accuracy',
    'f1',
    recallMetric({ threshold: 0.8 }),
    'confusionMatrix',
  ])('of probabilities equals that of their logits: %p', (metric) => {
    const found = score(metric, probabilities, answers);
    expect(found).toEqual(score(metric, logits, answers, { of: 'logits' }));
    expect(score(metric, Float64Array.from(probabilities), Uint8Array.from(answers))).toEqual(found);
  });

  test('has a log loss and a calibration error, finite for probabilities of 0 and 1', () => {
    const of = 'logits';
    for (const metric of ['logLoss', 'calibrationError'] as const)
      expect(score(metric, probabilities, answers)).toBeCloseTo(score(metric, logits, answers, { of }), 12);
    expect(score('logLoss', [0, 1], [1, 1])).toBeCloseTo(-Math.log(Number.EPSILON) / 2, 12);
  });

  test('can be given class numbers, or a target for each column', () => {
    const rows = range(60).map((i) => {
      const e = range(3).map((j) => Math.exp(Math.sin(i * 5 + j * j)));
      return e.map((x) => x / (e[0]! + e[1]! + e[2]!));
    });
    const classes = rows.map((_, i) => (i % 7) % 3);
    const plain = score('logLoss', rows, classes);
    const expected = rows.reduce((sum, row, i) => sum - Math.log(row[classes[i]!]!), 0) / rows.length;
    expect(plain).toBeCloseTo(expected, 12);
    expect(score('logLoss', Float64Array.from(rows.flat()), classes, { columns: 3 })).toBe(plain);
    const labels = classes.map((label) => range(3).map((j) => Number(j === label)));
    expect(score('auc', rows, labels)).toBeCloseTo(score('auc', rows, classes), 12);
  });

  test('of margins is decided by their signs', () => {
    expect(score('accuracy', [-3, 0.1, 2, -1], [0, 1, 1, 1], { of: 'margins' })).toBe(0.75);
  });

  test('counts rows by their weights', () => {
    const weights = logits.map((_, i) => i % 3);
    const some = (list: number[]) => list.flatMap((x, i) => range(i % 3).map(() => x));
    const twice = score('auc', some(probabilities), some(answers));
    expect(score('auc', probabilities, answers, { weights })).toBeCloseTo(twice, 12);
    expect(twice).not.toBeCloseTo(score('auc', probabilities, answers), 4);
  });

  test.each([
    [1e6, 1],
    [1e6, 1e-3],
    [-1e9, 1],
    [1e12, 100],
  ])('is equally accurate for targets around %d that are %d apart', (offset, apart) => {
    const targets = range(3000).map((i) => offset + apart * Math.sin(i * i));
    const numbers = targets.map((t, i) => t + 0.3 * apart * Math.cos(7 * i));
    const weights = range(3000).map((i) => 1 + (i % 3));
    const sum = (terms: number[]) => terms.reduce((total, x) => total + x, 0);
    // Differences from the offset are exact, and so small that two passes over them lose nothing.
    const small = targets.map((t) => t - offset);
    for (const w of [undefined, weights]) {
      const weight = (i: number) => w?.[i] ?? 1;
      const centre = sum(small.map((x, i) => weight(i) * x)) / sum(small.map((_, i) => weight(i)));
      const spread = sum(small.map((x, i) => weight(i) * (x - centre) ** 2));
      const error = sum(targets.map((t, i) => weight(i) * (t - numbers[i]!) ** 2));
      const found = score('r2', numbers, targets, w && { weights: w });
      expect(Math.abs(found - (1 - error / spread))).toBeLessThan(2e-14);
    }
  });

  test('has the type of its metric', () => {
    const one: number = score('meanAbsoluteError', [1, 2], [1, 4]);
    const matrix: number[][] = score(confusionMatrix({ as: 'table' }), [0.2, 0.9], [1, 1]);
    expect([one, matrix]).toEqual([1, [[0, 0], [1, 1]]]); // biome-ignore format: matrix
  });
});

describe('refuses a score', () => {
  const refused = (
    [metric, predictions, targets, options]: [MetricLike, unknown, unknown, ScoreOptions?],
    code: string,
    ...words: string[]
  ) =>
    expectRefusal(() => score(metric, predictions as number[], targets as number[], options), code as never, ...words);

  test('for numbers that are not probabilities', () => {
    const words = ['predictions', 'outside [0, 1] at row 300, column 0', "of: 'logits'"];
    refused(['auc', range(700).map((i) => (i === 300 ? 1.5 : 0.5)), answers], 'ERR_OUT_OF_RANGE', ...words);
    refused(['auc', [0.5, -0.1], [0, 1]], 'ERR_OUT_OF_RANGE', 'row 1');
  });

  test('for predictions of the wrong kind', () => {
    const words = ['kind of predictions for meanAbsoluteError', 'numbers'];
    refused(['meanAbsoluteError', [1, 2], [1, 2], { of: 'logits' }], 'ERR_INVALID_ARGUMENT', ...words);
    refused(['auc', [1, 2], [1, 0], { of: 'numbers' }], 'ERR_INVALID_ARGUMENT', 'for auc', 'probabilities');
    refused(['logLoss', [1, 2], [1, 0], { of: 'margins' }], 'ERR_INVALID_ARGUMENT', 'margins');
  });

  test('for different lengths', () => {
    refused(['auc', [0.1, 0.2, 0.3], [0, 1]], 'ERR_SHAPE', 'targets has 2 elements for 3 rows');
    refused(
      [
        'r2',
        [1, 2],
        [
          [1, 2],
          [3, 4],
        ],
      ],
      'ERR_SHAPE',
      'targets has 2 numbers for each row, but predictions has 1',
    );
    refused(['auc', [0.1, 0.2], [0, 1], { weights: [1] }], 'ERR_SHAPE', 'weights has 1 elements for 2 rows');
    refused(['auc', [0.1, 0.2, 0.3], [0, 1], { columns: 2 }], 'ERR_SHAPE', 'predictions has 3 elements');
  });

  test('for targets without a meaning', () => {
    refused(['auc', [0.1, 0.2], [1, 1]], 'ERR_OUT_OF_RANGE', 'every row has the target 1');
    refused(['f1', [0.1, 0.2], [1, 2]], 'ERR_OUT_OF_RANGE', 'targets[1] is 2');
    refused(['f1', [[0.1, 0.2, 0.7]], [3]], 'ERR_OUT_OF_RANGE', 'targets[0]');
  });

  test('for unknown names, options and values', () => {
    refused(['roc_auc' as never, [0.1, 0.2], [0, 1]], 'ERR_INVALID_ARGUMENT', 'It is called "auc" here.');
    refused(['auc', [0.1, 0.2], [0, 1], { sample_weight: [1, 2] } as object], 'ERR_INVALID_ARGUMENT', '"weights"');
    refused(['auc', [0.1, Number.NaN], [0, 1]], 'ERR_NON_FINITE', 'predictions has 1 value that is not finite');
    refused(['auc', 'x', [0, 1]], 'ERR_INVALID_ARGUMENT', 'predictions');
  });
});
