/** The point at a share of the way from one value to another: exactly `from` at 0, exactly `to` at 1. */
export function between(from: number, to: number, share: number): number {
  const way = to - from;
  if (!Number.isFinite(way)) return from * (1 - share) + to * share;
  return share < 0.5 ? from + way * share : to - way * (1 - share);
}

/** (1 − cos πx)/2: from 0 at x = 0 to 1 at x = 1, slowly at both ends. */
export const halfCosine = (x: number): number => Math.sin((Math.PI / 2) * x) ** 2;
