import { doubtsAbout, verdictOf } from '../../../lib/cli/tables/report_page';
import { table } from '../../../lib/tables/open';
import {
  advantageOf,
  bestBaseline,
  joinedDivisions,
  type Predictions,
  scoresOfAll,
} from '../../../lib/tables/train/comparison';
import { train } from '../../../lib/tables/train/train';
import { autoregressive, normal, random, range } from '../../support/numbers';

const target = { column: 'y', task: 'regression', mean: 0, deviation: 1 } as const;
const truths = Float64Array.from(range(50), (i) => Math.sin(i));
const off = (error: number, isMissing = (_: number) => false) => ({
  predictions: truths.map((truth, row) => (isMissing(row) ? Number.NaN : truth + error * (row % 2 ? 1 : 2))),
  truths,
});

test('the best baseline has the least mean loss on the rows that both predict', () => {
  const predictions: Predictions = {
    constant: off(3),
    linear: off(2),
    network: off(0),
    nearest: off(1, (i) => i > 20),
  };
  expect(bestBaseline(target, predictions)).toBe('nearest');
  expect(bestBaseline(target, { ...predictions, nearest: off(2.5, (i) => i > 20) })).toBe('linear');
  expect(bestBaseline(target, { ...predictions, persistence: off(0.5) })).toBe('persistence');
});

test('an advantage is the mean difference of losses, over groups if rows have some', () => {
  const { value, low, high } = advantageOf(target, off(1), off(2));
  expect(value).toBeCloseTo(3 * 2.5, 12);
  expect(low).toBeLessThan(value);
  const groups = Float64Array.from(range(50), (i) => i % 2);
  const grouped = advantageOf(target, { ...off(1), groups }, off(2));
  expect(grouped.value).toBeCloseTo(value, 12);
  expect(grouped.high - grouped.low).toBeGreaterThan(5 * (high - low));
});

const none = { target: 'y', task: 'regression', leftOut: [], leftOutBecause: {} } as const;

test.each([
  [-2, -1, 'The last earlier value of "y" predicts clearly better than the model.'],
  [-2, 1, 'The last earlier value of "y" predicts better than the model on these rows, though not clearly.'],
  [1, 3, 'The model is not clearly better than the last earlier value of "y".'],
])('a baseline whose loss is lower by %d (to %d) is named', (value, high, sentence) => {
  const persistence = { value, high, low: 2 * value - high };
  expect(doubtsAbout({ ...none, advantages: { persistence } })).toEqual([sentence]);
});

test('the mean is named if its loss is not greater than that of the model', () => {
  const advantages = { constant: { value: 0, low: -1, high: 1 }, persistence: { value: 2, low: 1, high: 3 } };
  const [doubt, ...others] = doubtsAbout({ ...none, advantages });
  expect(doubt).toContain('The mean for all rows is at least as good as the model');
  expect(others).toEqual([]);
});

describe('scores of two classes by the models of several divisions', () => {
  const classes = { column: 'y', task: 'classification', classes: ['a', 'b'] } as const;
  const shares = [0.6, 0.5, 0.3, 0.2];
  /** Each division has the shares of the other ones, so that those with more rows of a class predict it less. */
  const divisions = shares.map((share): Predictions => {
    const truths = Float64Array.from(range(10), (row) => (row < 10 * share ? 1 : 0));
    const chance = shares.reduce((sum, one) => sum + one, 0) - share;
    const constant = Float64Array.from(range(20), (i) => (i % 2 ? chance / 3 : 1 - chance / 3));
    const of = (predictions: Float64Array) => ({ predictions, truths });
    const right = Float64Array.from(range(20), (i) => (truths[i >> 1] === i % 2 ? 0.51 : 0.49));
    return { constant: of(constant), linear: of(right), network: of(right), nearest: of(constant) };
  });

  test('compare rows of the same model, so that a constant has the AUC ½, and no interval around what is certain', () => {
    const { constant, nearest, linear } = scoresOfAll(classes, joinedDivisions(divisions));
    expect(constant.auc).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
    expect(constant.balancedAccuracy).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
    expect(nearest!.auc!.value).toBe(0.5);
    expect(nearest!.balancedAccuracy!.high).toBeGreaterThan(0.6);
    expect(linear.auc!.value).toBe(1);
    expect(linear.averagePrecision!.value).toBe(1);
  });

  test('all have the average precision of the same class', () => {
    const [first] = divisions as [Predictions];
    const isNaNRow = (row: number) => row < 4;
    const some = {
      ...first.nearest!,
      predictions: first.nearest!.predictions.map((p, i) => (isNaNRow(i >> 1) ? Number.NaN : p)),
    };
    const { linear, nearest } = scoresOfAll(classes, { ...first, nearest: some });
    expect(linear.averagePrecision!.value).toBe(1);
    expect(nearest!.averagePrecision!.value).toBeCloseTo(4 / 6, 12); // of class a, rarer among all rows, not among these
  });
});

describe('train', () => {
  const quick = { epochs: 3, validation: 0.3 };

  test('says that a target of chance is not predicted better than its mean', async () => {
    const [x, y] = [random(1), normal(2)];
    const chance = await table(range(200).map(() => ({ x: x(), y: y() })));
    const { report } = await train(chance, { target: 'y', ...quick });
    expect(verdictOf({ report })).toContain('not clearly better than the mean for all rows');
    expect(verdictOf({ report })).toContain('say little or nothing about "y"');
    const fine = await table(
      range(200)
        .map(() => x())
        .map((one) => ({ x: one, y: one + 0.1 * y() })),
    );
    const better = await train(fine, { target: 'y', ...quick, epochs: 60 });
    expect(verdictOf(better)).not.toContain('mean for all rows');
  });

  test('compares with the last earlier value where there is a time, and says if that is better', async () => {
    const [noise, chain] = [normal(5), autoregressive(0.95, 6)];
    const walk = await table(range(600).map((day) => ({ day, other: noise(), y: chain() })));
    const { report } = await train(walk, { target: 'y', time: 'day', epochs: 3 });
    expect(report.baseline).toBe('persistence');
    expect(report.scores.persistence!.rootMeanSquaredError!.value).toBeCloseTo(1, 0);
    expect(report.worth).toBe(false);
    expect(report.advantages.persistence!.high).toBeLessThan(0);
    expect(verdictOf({ report })).toContain('The last earlier value of "y" predicts clearly better than the model.');
    const untimed = await train(walk, { target: 'y', ...quick });
    expect(untimed.report.scores.persistence).toBeUndefined();
  });

  test('gives wider intervals to rows in time whose errors are alike', async () => {
    const [noise, drift] = [normal(7), autoregressive(0.95, 8)];
    const rows = range(600).map((day) => ({ day, x: noise(), y: drift() }));
    const data = await table(rows);
    const reach = ({ low, high }: { low: number; high: number }) => high - low;
    const inTime = await train(data, { target: 'y', time: 'day', ...quick });
    const mixed = await train(data, { target: 'y', ...quick });
    const of = (one: typeof inTime) => reach(one.report.scores.constant.rootMeanSquaredError!);
    expect(of(inTime)).toBeGreaterThan(1.5 * of(mixed));
  });
});

describe('the nearest rows', () => {
  test('show structure that the models lack, and the verdict says so', async () => {
    // Each pair of rows is alike in a column that no model of a few epochs can follow.
    const draw = random(9);
    const rows = range(300).flatMap(() => {
      const [place, y] = [draw(), draw() < 0.5 ? 'yes' : 'no'];
      return range(4).map(() => ({ place: place + 1e-5 * draw(), y }));
    });
    const { report } = await train(await table(rows), { target: 'y', epochs: 2, warnings: false });
    expect(report.baseline).toBe('nearest');
    expect(report.scores.nearest!.accuracy!.value).toBeGreaterThan(0.7);
    expect(report.worth).toBe(false);
    expect(verdictOf({ report })).toContain('The most similar training rows predict clearly better than the model');
  });

  test('read numbers, categories and texts, and predict no better than chance where there is nothing to find', async () => {
    const [draw, noise] = [random(10), normal(11)];
    const words = ['sun', 'moon', 'star', 'sea', 'hill', 'road'];
    const rows = range(600).map(() => {
      const [x, city, one, other] = [draw(), Math.floor(3 * draw()), Math.floor(6 * draw()), Math.floor(6 * draw())];
      const text = `${words[one]} by ${words[other]} and ${Math.floor(1000 * draw())} more things of it`;
      return { x, city: `city ${city}`, text, found: x + city + 2 * one, chance: noise() };
    });
    const options = { epochs: 2, validation: 0.3, warnings: false };
    const found = await train(await table(rows.map(({ chance: _, ...row }) => row)), { target: 'found', ...options });
    expect(found.report.scores.nearest!.r2!.value).toBeGreaterThan(0.15);
    const chance = await train(await table(rows.map(({ found: _, ...row }) => row)), { target: 'chance', ...options });
    expect(chance.report.scores.nearest!.r2!.value).toBeLessThan(0.05);
  });

  test('predict a sample of a large table, on which they are compared', async () => {
    const noise = normal(12);
    const rows = range(8000)
      .map(() => noise())
      .map((x) => ({ x, y: Math.round(3 * Math.abs(x)) + 0.01 * noise() }));
    const { report } = await train(await table(rows), { target: 'y', epochs: 1, validation: 0.5, warnings: false });
    expect(report.scores.nearest!.r2!.value).toBeGreaterThan(0.9);
    expect(report.baseline).toBe('nearest');
  });
});

test('classes that training rows lack cost the constant and the linear model no more than other rare ones', async () => {
  const draw = random(7);
  const rows = range(300).map(() => ({ x: draw(), y: `class ${Math.floor(80 * draw())}` }));
  const { report } = await train(await table(rows), { target: 'y', hidden: [], warnings: false });
  for (const name of ['constant', 'linear'] as const)
    expect(report.scores[name].logLoss!.value).toBeLessThan(Math.log(80) + 0.3); // equal probabilities cost log 80
});
