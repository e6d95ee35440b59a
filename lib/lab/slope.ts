import type { Point } from '../pages/index.js';

/** Slope of the least-squares line through points. */
export function slope(points: readonly Point[]): number {
  const mean = (i: 0 | 1) => points.reduce((sum, point) => sum + point[i], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const products = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return products / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** p of the power law y ∝ xᵖ: the slope of the least-squares line through points on log–log axes. */
export const logLogSlope = (points: readonly Point[]): number =>
  slope(points.map(([x, y]) => [Math.log(x), Math.log(y)]));
