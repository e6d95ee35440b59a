import type { Point } from '../pages/index.js';
import { mean } from './spread.js';

/** Slope of the least-squares line through points. */
export function slope(points: readonly Point[]): number {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const products = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return products / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** p of the power law y ∝ xᵖ: the slope of the least-squares line through points on log–log axes. */
export const logLogSlope = (points: readonly Point[]): number =>
  slope(points.map(([x, y]) => [Math.log(x), Math.log(y)]));
