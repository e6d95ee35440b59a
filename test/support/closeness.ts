/** The largest |actual − expected| / max(1, |expected|). NaN if any term is. */
export function greatestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) expect(actual).toHaveLength(expected.length);
  let greatest = 0;
  for (let i = 0; i < expected.length; ++i)
    greatest = Math.max(greatest, Math.abs(actual[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!)));
  return greatest;
}
