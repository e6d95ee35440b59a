import type { Axis } from '../pages/figure.js';

/** Steps from 0 to `last` that are enough to draw a curve, both of these among them: evenly, or evenly in their logarithms. */
export function someSteps(last: number, scale: Axis['scale'] = 'linear', most = 300): number[] {
  const place = (share: number) => (scale === 'log' ? (last + 1) ** share - 1 : last * share);
  return [...new Set(Array.from({ length: most }, (_, i) => Math.round(place(i / (most - 1)))))];
}
