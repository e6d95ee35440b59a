import type { Figure, Point } from '../figure.js';

/** A quantity that is known at each point of a plot. */
export interface Field {
  readonly quantity: string;
  at(point: Point): number;
}

/** The quantity of a figure's contours, if they name one. Interpolates bilinearly between the grid points. */
export function fieldOf({ marks, x, y }: Figure): Field | undefined {
  const contours = marks.find((mark) => mark.kind === 'contours' && mark.quantity !== undefined);
  if (contours?.kind !== 'contours' || !x.domain || !y.domain) return undefined;
  const { values, width, quantity } = contours;
  const height = values.length / width;
  const [inX, inY] = [cellOf(x.domain, width), cellOf(y.domain, height)];
  return {
    quantity: quantity!,
    at(point) {
      const [[column, right], [row, up]] = [inX(point[0]), inY(point[1])];
      const first = row * width + column;
      const along = (i: number) => values[i]! + right * (values[i + 1]! - values[i]!);
      return along(first) + up * (along(first + width) - along(first));
    },
  };
}

/** The grid point before a value on an axis of `count` grid points, and the share of the way to the next one. */
function cellOf([low, high]: readonly [number, number], count: number): (value: number) => [number, number] {
  return (value) => {
    const place = ((value - low) / (high - low)) * (count - 1);
    const before = Math.max(0, Math.min(count - 2, Math.floor(place)));
    return [before, place - before];
  };
}
