import type { Problem } from '../index.js';
import type { Contours } from '../pages/index.js';
import { type Grid, gridValues } from './grid.js';
import { largest, smallest } from './spread.js';

/** A problem of two variables, and the region of the plane that is shown. */
export interface View {
  readonly problem: Problem & { readonly minima: readonly ArrayLike<number>[]; readonly least: number };
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Added to R − R* before taking its logarithm, which would be −∞ at the minimum. */
const depth = 0.01;

/** Lines of equal log(R − R* + `depth`), evenly spaced between the smallest and the largest value on the grid. */
export function contours({ problem, x, y }: View, levels: number, grid: Grid = { width: 72, height: 72 }): Contours {
  const gradient = new Float64Array(2);
  const values = gridValues({ x, y }, grid, (...theta) => {
    const excess = (problem.objective(Float64Array.of(...theta), gradient) as number) - problem.least;
    return Number(Math.log10(excess + depth).toFixed(4));
  });
  const [least, most] = [smallest(values), largest(values)];
  return {
    kind: 'contours',
    values,
    width: grid.width,
    levels: Array.from({ length: levels }, (_, i) => least + ((most - least) * (i + 1)) / (levels + 1)),
  };
}
