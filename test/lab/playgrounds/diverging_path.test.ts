import { untilEdge, untilOutside } from '../../../lib/lab/playgrounds/diverging_path';
import type { Point } from '../../../lib/pages/figure';

const [x, y] = [
  [0, 10],
  [-1, 1],
] as const;
const end = [Number.NaN, Number.NaN];

test('a path ends with its last point in the frame, and a cross', () => {
  const points: Point[] = [[0, 0], [11, 0], [5, 0.5], [20, 3], [30, 9]]; // biome-ignore format: one line
  expect(untilOutside(points, x, y)).toEqual([...points.slice(0, 3), end]);
  expect(untilOutside([[10, 1], [0, -1]], x, y)).toEqual([[10, 1], [0, -1], end]); // biome-ignore format: one line
  expect(untilOutside([[11, 0]], x, y)).toEqual([end]);
});

test.each<[string, Point, Point]>([
  ['right', [15, 0.5], [10, 0.25]],
  ['left', [-5, -0.5], [0, -0.25]],
  ['top', [5, 2], [5, 1]],
  ['bottom', [5, -4], [5, -1]],
  ['right, then the top', [25, 2], [10, 0.5]],
  ['top, then the right', [12, 4], [6.75, 1]],
])('a path is drawn up to the edge of the frame: %s', (_, to, edge) => {
  const path = untilEdge([[5, 0], to], x, y);
  expect(path).toEqual([[5, 0], edge.map((value) => expect.closeTo(value, 12)), end]);
});

test('a path ends with its last point if the next one is NaN', () => {
  expect(untilEdge([[5, 0], [Number.POSITIVE_INFINITY, 0]], x, y)).toEqual([[5, 0], end]); // biome-ignore format: one line
  expect(untilEdge([[5, 0]], x, y)).toEqual([[5, 0], end]);
});
