import type { Mark, Point } from '../figure.js';

/** The points of a mark; of a line, those before its end. A band has two for each x, a bar the middle of its end. */
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
