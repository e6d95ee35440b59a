import {
  ball,
  descend,
  expectedRisks,
  type NoisyQuadratic,
  risks,
  squaredDistances,
} from '../../../lib/lab/sgd/noisy_quadratic';
import { mean } from '../../../lib/lab/spread';
import { Trial } from '../../../lib/lab/trial';
import { Random } from '../../../lib/numbers/random';
import { inverseTime } from '../../../lib/schedules/inverse_time';

const problem: NoisyQuadratic = { eigenvalues: [2, 0.3], deviation: 0.7, start: 1.5 };
const schedule = inverseTime({ from: 0.8, alpha: 0.7 });

/** E R of the iterate and of the mean of iterates after `steps`, over all possible signs of the noise. */
function enumerated({ eigenvalues, deviation, start }: NoisyQuadratic, steps: number): [number, number] {
  let [iterate, average] = [0, 0];
  for (const lambda of eigenvalues)
    for (let signs = 0; signs < 2 ** steps; ++signs) {
      let [theta, sum] = [start, 0];
      for (let t = 0; t < steps; ++t) {
        theta -= schedule(t) * (lambda * theta + ((signs >> t) & 1 ? deviation : -deviation));
        sum += theta;
      }
      iterate += (lambda * theta ** 2) / 2 / 2 ** steps;
      average += (lambda * (sum / steps) ** 2) / 2 / 2 ** steps;
    }
  return [iterate, average];
}

const run = async (schedules: Parameters<typeof descend>[1], times: number[], seeds: number, seed = 1) => {
  const found: { time: number; iterate: Float64Array[]; average: Float64Array[] }[] = [];
  await descend(
    problem,
    schedules,
    { seeds, times, random: new Random(seed) },
    (time, samples) =>
      found.push({
        time,
        iterate: samples.map(({ iterate }) => iterate.slice()),
        average: samples.map(({ average }) => average),
      }),
    new Trial(),
  );
  return found;
};

describe('a noisy quadratic', () => {
  test.each([1, 2, 5, 12])(
    'has the mean over all sequences of the noise as its expectation, after %i steps',
    (steps) => {
      const expected = expectedRisks(problem, schedule, [steps]);
      const [iterate, average] = enumerated(problem, steps);
      expect(expected.iterate[0]!).toBeCloseTo(iterate, 12);
      expect(expected.average[0]!).toBeCloseTo(average, 12);
    },
  );

  test('matches the mean of SGD at every time', async () => {
    const [times, seeds] = [[1, 3, 30, 200], 4000];
    const found = await run([schedule], times, seeds);
    const expected = expectedRisks(problem, schedule, times);
    expect(found.map(({ time }) => time)).toEqual(times);
    for (const [i, { iterate, average }] of found.entries()) {
      const bound = 5 * Math.sqrt(2 / seeds); // five standard deviations
      expect(Math.abs(mean(risks(problem, iterate[0]!)) / expected.iterate[i]! - 1)).toBeLessThan(bound);
      expect(Math.abs(mean(risks(problem, average[0]!)) / expected.average[i]! - 1)).toBeLessThan(bound);
    }
  });

  test('gives all schedules the same noise', async () => {
    const { iterate } = (await run([0.1, 0.1, 0.2], [7], 5))[0]!;
    expect(iterate[0]).toEqual(iterate[1]);
    expect(iterate[0]).not.toEqual(iterate[2]);
  });

  test('counts R and distances seed by seed', () => {
    expect([...risks(problem, Float64Array.of(1, 2, 0, 10))]).toEqual([1 + 0.6, 15]);
    expect([...squaredDistances(problem, Float64Array.of(1, 2, 0, 10))]).toEqual([5, 100]);
  });

  test('keeps SGD in a ball that solves v = (1 − ηλ)²v + η²σ²', () => {
    const rate = 0.6;
    let sum = 0;
    for (const lambda of problem.eigenvalues) {
      let v = 1;
      for (let t = 0; t < 1000; ++t) v = (1 - rate * lambda) ** 2 * v + (rate * problem.deviation) ** 2;
      sum += v;
    }
    expect(ball(problem, rate)).toBeCloseTo(sum, 12);
  });
});
