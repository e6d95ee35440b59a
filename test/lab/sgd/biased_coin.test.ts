import {
  descend,
  excess,
  excesses,
  hardestCoin,
  lowerBound,
  settledExcess,
  upperBound,
} from '../../../lib/lab/sgd/biased_coin';
import { mean } from '../../../lib/lab/spread';
import { Trial } from '../../../lib/lab/trial';
import { Random } from '../../../lib/numbers/random';
import { constant as constantSchedule } from '../../../lib/schedules/constant';
import { inverseTime } from '../../../lib/schedules/inverse_time';

/** R(θ) = E|θ − x|. */
const risk = (bias: number, theta: number) => (Math.abs(theta - 1) * (1 + bias) + Math.abs(theta + 1) * (1 - bias)) / 2;

/** R − R* of the best decision by tosses of a coin with bias δ or −δ, equally likely: the side that fell more often. */
function leastExcess(bias: number, tosses: number): number {
  let logChoose = 0;
  let sum = 0;
  for (let ones = 0; ones <= tosses; ++ones) {
    const log = (p: number) => logChoose + ones * Math.log(p) + (tosses - ones) * Math.log(1 - p);
    const likely = Math.exp(log((1 + bias) / 2));
    const unlikely = Math.exp(log((1 - bias) / 2));
    sum += (Math.min(likely, unlikely) * 2 * bias) / 2;
    logChoose += Math.log((tosses - ones) / (ones + 1));
  }
  return sum;
}

describe('a biased coin', () => {
  test.each([-2, -1, -0.3, 0, 0.99, 1, 1.5])('has R − R* at θ = %p', (theta) => {
    expect(excess({ bias: 0.2, steps: 10 }, theta)).toBeCloseTo(risk(0.2, theta) - risk(0.2, 1), 14);
  });

  test.each([100, 400, 1000])('satisfies the lower bound if it is the hardest for %i tosses', (steps) => {
    const least = leastExcess(hardestCoin(steps).bias, steps);
    expect(least).toBeGreaterThan(lowerBound(steps));
    expect(least).toBeLessThan(1.5 * lowerBound(steps));
  });

  test('keeps SGD between both bounds', async () => {
    const coin = hardestCoin(400);
    const learningRate = inverseTime({ from: 1, alpha: 0.5, allowDivergent: true });
    const averages = await descend(coin, { learningRate, seeds: 2000, random: new Random(3) }, new Trial());
    const found = mean(excesses(coin, averages));
    expect(found).toBeGreaterThan(leastExcess(coin.bias, coin.steps));
    expect(found).toBeLessThan(0.9 * coin.bias); // R − R* without any step
    expect(found).toBeLessThan(upperBound(1, coin.steps));
  });

  test('counts like its opposite: guessing one of them loses on the other', () => {
    expect([...excesses({ bias: 0.2, steps: 10 }, Float64Array.of(1, 0, 1, -1, 0, 1))]).toEqual([0, 0.2, 0.2]);
  });

  test.each([0.1, 0.5, 0.9])('of bias %p keeps SGD at R − R* = η/2', async (bias) => {
    const coin = { bias, steps: 3000 };
    const rate = 0.03;
    const found: number[] = [];
    const record = (t: number, theta: Float64Array) => {
      if (t > 1500) found.push(mean(excesses(coin, theta)));
    };
    const learningRate = constantSchedule({ value: rate });
    await descend(coin, { learningRate, seeds: 100, random: new Random(4), record }, new Trial());
    expect(Math.abs(mean(found) / settledExcess(rate) - 1)).toBeLessThan(0.06);
  });
});
