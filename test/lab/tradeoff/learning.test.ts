import {
  arrival,
  type Course,
  descents,
  type Limits,
  quasiNewton,
  stochastic,
  within,
} from '../../../lib/lab/tradeoff/learning';
import { drawn, learner, population, type Sample } from '../../../lib/lab/tradeoff/population';
import { estimationError, leastRisk, stochasticErrors } from '../../../lib/lab/tradeoff/theory';
import { Random } from '../../../lib/numbers/random';
import { expectBetween, timed } from '../../support/durations';

const descent = (...[sample, rows, limits]: [Sample, number, Limits]) => descents(sample, rows, [1], limits)[0]!;

const people = population({ columns: 4, conditionNumber: 10, lacking: 0.2, noise: 3 }, new Random(1));
const limits = { budget: 3200, goal: Infinity, evaluations: 50 };

describe('a course', () => {
  const course = [
    { examples: 0, seconds: 0, excess: 4 },
    { examples: 10, seconds: 1, excess: 1 },
    { examples: 20, seconds: 2, excess: 2 },
  ];

  test('is measured at the last state within a budget', () => {
    expect(within(course, 9).excess).toBe(4);
    expect(within(course, 10).excess).toBe(1);
    expect(within(course, 1000).excess).toBe(2);
    expect(within(course.slice(1), 9).excess).toBe(Infinity);
  });

  test('arrives at the first state with a sufficiently small excess, or never', () => {
    expect(arrival(course, 2).examples).toBe(10);
    expect(arrival(course, 0.5).examples).toBe(Infinity);
  });

  test('misses a goal below the estimation error of its rows if it is of a batch method', () => {
    const sample = drawn(people, 64, new Random(2));
    const course = descent(sample, 64, { budget: 64, goal: 0.01, evaluations: 2000 });
    expect(course.at(-1)!.examples).toBeGreaterThan(10 * 64);
    expect(arrival(course, 0.01).examples).toBe(Infinity);
  });
});

describe('methods', () => {
  const sample = drawn(people, 64, new Random(3));

  test('pay for each gradient of an example that they compute', async () => {
    expect(descent(sample, 64, limits).map(({ examples }) => examples)).toEqual(
      Array.from({ length: 51 }, (_, step) => 64 * step),
    );
    for (const { examples } of quasiNewton(sample, 64, Infinity)) expect(examples % 64).toBe(0);
    const options = { batchSize: 32, learningRate: 0.01, stops: [64, 96, 160], random: new Random(1) };
    expect((await stochastic(sample, 64, options)).map(({ examples }) => examples)).toEqual([0, 64, 96, 160]);
  });

  test('report their seconds, which never decrease', async () => {
    const options = { batchSize: 32, learningRate: 0.01, stops: [64, 96, 160], random: new Random(1) };
    for (const work of [
      () => descent(sample, 64, limits),
      () => quasiNewton(sample, 64, Infinity),
      () => stochastic(sample, 64, options),
    ]) {
      const { value: course, seconds: whole } = await timed<Course>(work);
      const seconds = course.map((one) => one.seconds);
      for (const [i, later] of seconds.slice(1).entries()) expectBetween(later, seconds[i]!, whole);
      expectBetween(seconds[0]!, 0, whole);
      expect(seconds.at(-1)).toBeGreaterThan(0);
    }
  });

  test('reach the same minimum of all rows', () => {
    const end = descent(sample, 64, { ...limits, budget: Infinity, evaluations: 1000 }).at(-1)!;
    expect(end.excess).toBeCloseTo(quasiNewton(sample, 64, Infinity).at(-1)!.excess, 5);
  });

  test('start where the excess is that of θ = 0: each column contributes 1', () => {
    expect(learner(people).excess()).toBeCloseTo(4, 12);
  });
});

describe('theory', () => {
  test('treats the hidden input as noise', () => {
    expect(leastRisk(people)).toBeCloseTo(9.2, 12);
    expect(estimationError(people, 25)).toBeCloseTo((9.2 * 4) / 20, 12);
  });

  test('of SGD is the mean of runs', async () => {
    const [rows, eta, runs] = [128, 0.02, 300];
    const expected = stochasticErrors(people, eta, rows);
    expect(expected[0]).toBeCloseTo(4, 12);
    const random = new Random(5);
    let sum = 0;
    for (let run = 0; run < runs; ++run) {
      const options = { batchSize: 1, learningRate: eta, stops: [rows], random };
      sum += (await stochastic(drawn(people, rows, random), rows, options)).at(-1)!.excess / runs;
    }
    expect(Math.abs(sum / expected[rows]! - 1)).toBeLessThan(0.15); // its standard deviation is 0.04
  });
});
