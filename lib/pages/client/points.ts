import type { Mark, Point } from '../figure.js';

/** The points of a mark, up to where a line ends. A band has two for each x, and a bar has the middle of its end. */
export function pointsOf(mark: Mark): readonly Point[] {
  switch (mark.kind) {
    case 'line':
    case 'path': {
      const end = mark.points.findIndex((point) => !point.every(Number.isFinite));
      return end < 0 ? mark.points : mark.points.slice(0, end);
    }
    case 'dots':
      return mark.points;
    case 'bars':
      return mark.bars.map(([low, high, value]): Point => {
        const middle = (low + high) / 2;
        return mark.axis === 'x' ? [value, middle] : [middle, value];
      });
    case 'band':
      return mark.points.flatMap(([x, low, high]): Point[] => [
        [x, low],
        [x, high],
      ]);
    default:
      return [];
  }
}
