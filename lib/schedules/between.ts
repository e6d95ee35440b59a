/**
 * Linear interpolation: exactly `from` where `share` is 0, exactly `to` where it is 1. Nothing overflows in between.
 */
export function between(from: number, to: number, share: number): number {
  const way = to - from;
  if (!Number.isFinite(way)) return from * (1 - share) + to * share;
  return share < 0.5 ? from + way * share : to - way * (1 - share);
}

/** (1 − cos πx)/2: 0 at x = 0 and 1 at x = 1, with slope 0 at both. */
export const halfCosine = (x: number): number => Math.sin((Math.PI / 2) * x) ** 2;
