import { hardestInstances } from '../../../lib/lab/sgd/hardest_instances';
import { Trial } from '../../../lib/lab/trial';
import { Random } from '../../../lib/numbers/random';
import { constant } from '../../../lib/schedules/constant';
import { inverseTime } from '../../../lib/schedules/inverse_time';
import type { Schedule } from '../../../lib/schedules/schedule';

const failing = async (learningRate: Schedule) =>
  (await hardestInstances(1, { learningRate, steps: 6000, seeds: 100, random: new Random(1) }).run(new Trial())).checks
    .filter(({ holds }) => !holds)
    .map(({ claim }) => claim);

describe('1/√T for merely convex R', () => {
  test('is the rate of steps C/√t', async () => {
    for (const from of [0.7, 1, 1.5])
      expect(await failing(inverseTime({ from, alpha: 0.5, allowDivergent: true }))).toEqual([]);
  });

  test('is better than the start', async () => {
    expect(await failing(constant({ value: 1e-12 }))).toEqual([
      expect.stringContaining('the value at the start'),
      expect.stringContaining('last iterate'),
      expect.stringContaining('C/(2√t)'),
    ]);
  });

  test('is not satisfied by constant steps, or by decay with another power', async () => {
    for (const schedule of [
      constant({ value: 0.1 }),
      inverseTime({ from: 1, alpha: 1 }),
      inverseTime({ from: 1, alpha: 0.75 }),
    ]) {
      const claims = await failing(schedule);
      expect(claims).toContainEqual(expect.stringContaining('last iterate'));
      expect(claims).toContainEqual(expect.stringContaining('C/(2√t)'));
    }
  });
});
