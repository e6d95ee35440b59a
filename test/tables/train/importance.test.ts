import { table } from '../../../lib/tables/open';
import { Points } from '../../../lib/tables/train/points';
import { train } from '../../../lib/tables/train/train';
import { normal, range } from '../../support/numbers';

const widthOf = async (rows: Record<string, number>[], options: object, column: string) => {
  const { report } = await train(await table(rows), { target: 'y', hidden: [], warnings: false, ...options });
  const { low, high } = report.importance.find((one) => one.column === column)!.increase;
  return high - low;
};

const groupsOf = (count: number) => {
  const [noise, x] = [normal(1), range(600 / count).map(normal(2))];
  const own = x.map((value) => value + 0.3 * noise());
  return range(600).map((i) => ({
    place: Math.floor(i / count),
    x: x[Math.floor(i / count)]!,
    y: own[Math.floor(i / count)]!,
  }));
};

test.each([
  ['groups', 'by', 20],
  ['blocks of time', 'time', 20],
])('intervals of importance are those of %s', async (_, option, count) => {
  const rows = groupsOf(count);
  const wide = await widthOf(rows, { [option]: 'place' }, 'x');
  expect(wide).toBeGreaterThan(1.5 * (await widthOf(rows, { without: ['place'] }, 'x')));
});

test('the distance of texts does not depend on how many words they have', async () => {
  const long = range(150_000).map((i) => `w${i}`);
  const rows = [long.join(' '), 'w1 w2', 'other words'].map((text) => ({ text }));
  const points = new Points(await table(rows), new Map([['text', 'text']]), ['text']);
  const [self, near, far] = points.squaredDistances(0, []);
  expect(self).toBeCloseTo(0, 2);
  expect(near).toBeLessThan(far!);
});
