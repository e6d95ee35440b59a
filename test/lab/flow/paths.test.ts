import { flow } from '../../../lib/lab/experiments/flow';
import { reportOf } from '../../../lib/lab/run';

test('a path that diverges is drawn until it leaves the plot', async () => {
  const { figures } = await reportOf(flow, { size: 'small' });
  const { x, y, marks } = figures.find(({ name }) => name === 'path')!;
  const drawn = marks.flatMap((mark) => (mark.kind === 'path' ? [mark.points] : []));
  const leaving = drawn.filter((points) => Number.isNaN(points.at(-1)![0]));
  expect(leaving.length).toBeGreaterThan(0);
  for (const points of leaving) {
    expect(points.length).toBeGreaterThan(1);
    for (const [a, b] of points.slice(0, -1)) {
      expect([a! >= x.domain![0], a! <= x.domain![1]]).toEqual([true, true]);
      expect([b! >= y.domain![0], b! <= y.domain![1]]).toEqual([true, true]);
    }
  }
});
