/** The quantile at `share` of sorted values, by linear interpolation. */
export function quantileOf(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  if (place === below || low === high) return low; // which may be infinite
  return low + (place - below) * (high - low);
}
