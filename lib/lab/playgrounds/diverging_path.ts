import type { Point } from '../../pages/index.js';

type Range = readonly [number, number];

const end: Point = [Number.NaN, Number.NaN];

/** Points until they leave a frame for the last time, then a NaN, which draws a cross there. */
export function untilOutside(points: readonly Point[], x: Range, y: Range): Point[] {
  return [...points.slice(0, lastInside(points, x, y) + 1), end];
}

/** Like {@link untilOutside}, with the point where the line crosses the edge. */
export function untilEdge(points: readonly Point[], x: Range, y: Range): Point[] {
  const last = lastInside(points, x, y);
  const [from, to] = [points[last]!, points[last + 1]];
  if (!to?.every(Number.isFinite)) return [...points.slice(0, last + 1), end];
  const share = Math.min(shareInside(from[0], to[0], x), shareInside(from[1], to[1], y));
  const edge: Point = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
  return [...points.slice(0, last + 1), edge, end];
}

const isInside = (value: number, [low, high]: Range) => value >= low && value <= high;

const lastInside = (points: readonly Point[], x: Range, y: Range): number =>
  points.findLastIndex((point) => isInside(point[0], x) && isInside(point[1], y));

/** The share of the way between two numbers, of which the first is in a range, that is in the range. */
const shareInside = (from: number, to: number, [low, high]: Range): number =>
  isInside(to, [low, high]) ? 1 : ((to > high ? high : low) - from) / (to - from);
