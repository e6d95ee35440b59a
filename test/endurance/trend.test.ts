import { outputOf } from '../support/child';
import { normal, range } from '../support/numbers';

type Samples = [time: number, value: number][];

/** trend.mjs's verdict on each series, with a tolerance. */
const trends = async (
  series: Samples[],
  tolerance: number,
): Promise<{ grows: boolean; slope: number; rise: number }[]> =>
  JSON.parse(
    await outputOf(
      `import { json } from 'node:stream/consumers';
       import { trend } from './test/endurance/trend.mjs';
       const series = await json(process.stdin);
       console.log(JSON.stringify(series.map((samples) => trend(samples, ${tolerance}))));`,
      { input: JSON.stringify(series) },
    ),
  );

const samples = (seed: number, value: (time: number) => number, noise: number): Samples => {
  const next = normal(seed);
  return range(300).map((i) => [i / 10, value(i / 10) + noise * next()]);
};

test('the slope and the rise of a line', async () => {
  const [line] = await trends([samples(1, (time) => 7 + 2 * time, 0)], 1);
  expect(line!.grows).toBe(true);
  expect(line!.slope).toBeCloseTo(2, 1); // medians of stretches: the last sample has no stretch
  expect(line!.rise).toBeCloseTo(60, 0);
});

test('flat noise does not grow', async () => {
  const found = await trends(
    range(200).map((seed) => samples(seed, () => 100, 3)),
    0,
  );
  expect(found.filter(({ grows }) => grows).length).toBeLessThanOrEqual(4); // 1 of 200 is expected
});

test('finds growth below the noise of a single sample', async () => {
  const found = await trends(
    range(50).map((seed) => samples(seed, (time) => 100 + 0.15 * time, 3)), // 4.5 in all
    1,
  );
  expect(found.every(({ grows }) => grows)).toBe(true);
});

test('allows growth within the tolerance, peaks, waves and falling values', async () => {
  const found = await trends(
    [
      samples(1, (time) => 100 + 0.03 * time, 0.1),
      samples(2, (time) => (time % 3 < 0.3 ? 500 : 100), 0.1),
      samples(3, (time) => 100 + 20 * Math.sin(4 * time), 0.1),
      samples(4, (time) => 100 - time, 1),
    ],
    1,
  );
  expect(found.map(({ grows }) => grows)).toEqual([false, false, false, false]);
});

test('counts one more open file in the middle of a run as growth', async () => {
  const [step] = await trends([samples(1, (time) => (time > 15 ? 23 : 22), 0)], 0.5);
  expect(step!.grows).toBe(true);
});

test('refuses too few samples', async () => {
  await expect(trends([samples(1, () => 1, 0).slice(0, 9)], 1)).rejects.toThrow('too few samples');
});
