import type { Band, Color, Line, Point } from '../../pages/index.js';
import { band, line } from '../marks.js';
import { logLogSlope } from '../slope.js';
import { mean, median, quantile } from '../spread.js';

/** Statistics of a quantity over time, from runs of several seeds. */
export class Course {
  readonly means: Point[] = [];
  readonly medians: Point[] = [];
  readonly #band: (readonly [time: number, low: number, high: number])[] = [];

  /** Adds the values of all seeds at one time. */
  add(time: number, values: ArrayLike<number>): void {
    this.means.push([time, mean(values)]);
    this.medians.push([time, median(values)]);
    this.#band.push([time, quantile(values, 0.1), quantile(values, 0.9)]);
  }

  /** p of a power law tᵖ, fitted to the means from time `from` on. */
  slope(from: number): number {
    return logLogSlope(this.means.filter(([t]) => t >= from));
  }

  /** The mean over seeds as a line, and the middle 80 % of the seeds as a band. */
  marks(name: string, color: Color): [Band, Line] {
    return [band({ color }, [...this.#band]), line({ name, color }, [...this.means])];
  }
}
