import { isShown } from '../axes.js';
import type { Figure, Point } from '../figure.js';
import { colorsOf } from './colors.js';
import type { Drawing } from './drawing.js';
import { pointsOf } from './points.js';

/** The data points of a mark that the pointer can select. */
export interface Series {
  readonly kind: 'line' | 'path' | 'dots' | 'bars' | 'band';
  readonly name: string | undefined;
  readonly color: string;
  readonly points: readonly Point[];
  /** Of a trajectory, the step of each point. */
  readonly steps?: readonly number[] | undefined;
}

/** The series of a figure, with the points that its axes show. */
export function seriesOf(figure: Figure): Series[] {
  const colorOf = colorsOf(figure.marks);
  return figure.marks.flatMap((mark): Series[] => {
    if (mark.kind === 'referenceLine' || mark.kind === 'label' || mark.kind === 'contours') return [];
    const all = pointsOf(mark);
    const shown = [...all.keys()].filter((i) => isShown(all[i]!, figure));
    const steps = mark.kind === 'path' && { steps: shown.map((i) => mark.steps?.[i] ?? i) };
    return [{ kind: mark.kind, name: mark.name, color: colorOf(mark), points: shown.map((i) => all[i]!), ...steps }];
  });
}

export interface Nearest {
  readonly series: Series;
  readonly index: number;
  /** Its place in pixels. */
  readonly x: number;
  readonly y: number;
}

/** The data point nearest to a pixel position, within 48 pixels. Lines take precedence over bands. */
export function nearest(
  all: readonly Series[],
  { x, y, frame }: Drawing,
  left: number,
  top: number,
): Nearest | undefined {
  let found: Nearest | undefined;
  let least = 48 ** 2;
  for (const series of all)
    for (const [index, point] of series.points.entries()) {
      const [px, py] = [x(point[0]), y(point[1])];
      if (px < frame.left - 1 || px > frame.right + 1 || py < frame.top - 1 || py > frame.bottom + 1) continue;
      const distance = (px - left) ** 2 + (py - top) ** 2 + (series.kind === 'band' ? 40 : 0);
      if (distance < least) [least, found] = [distance, { series, index, x: px, y: py }];
    }
  return found;
}

/** The index of the last point whose `at` is not after `value`; 0 if there is none. `at` is ascending. */
export function lastUpTo(count: number, at: (index: number) => number, value: number): number {
  let [low, high] = [0, count];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at(middle) <= value) low = middle;
    else high = middle;
  }
  return low;
}
