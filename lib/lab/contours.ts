import type { FloatArray } from '../addon/index.js';
import type { Problem } from '../minimize/problem.js';
import type { Contours } from '../pages/figure.js';

/** A problem of two variables, and the region of the plane that is shown. */
export interface View {
  readonly problem: Problem & { readonly minima: readonly ArrayLike<number>[]; readonly least: number };
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Points along each side of the grid. */
const gridWidth = 72;

/** Added to R − R* before its logarithm is taken, which would be −∞ at the minimum. */
const depth = 0.01;

/** Lines of equal log(R − R* + `depth`), evenly spaced between the smallest and the largest value on the grid. */
export function contours({ problem, x, y }: View, levels: number): Contours {
  const gradient = new Float64Array(2);
  const at = ([low, high]: readonly [number, number], i: number) => low + ((high - low) * i) / (gridWidth - 1);
  const values = Array.from({ length: gridWidth ** 2 }, (_, k) => {
    const theta: FloatArray = Float64Array.of(at(x, k % gridWidth), at(y, Math.floor(k / gridWidth)));
    const excess = (problem.objective(theta, gradient) as number) - problem.least;
    return Number(Math.log10(excess + depth).toFixed(4));
  });
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    kind: 'contours',
    values,
    width: gridWidth,
    levels: Array.from({ length: levels }, (_, i) => least + ((most - least) * (i + 1)) / (levels + 1)),
  };
}
