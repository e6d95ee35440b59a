import type { Axis } from '../pages/index.js';

/** At most `most` steps from 0 to `last`, both included, evenly spaced on the scale: enough to draw a curve. */
export function someSteps(last: number, scale: Axis['scale'] = 'linear', most = 300): number[] {
  const place = (share: number) => (scale === 'log' ? (last + 1) ** share - 1 : last * share);
  return [...new Set(Array.from({ length: most }, (_, i) => Math.round(place(i / (most - 1)))))];
}
