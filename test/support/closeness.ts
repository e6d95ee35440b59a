/** The largest of |actual − expected| / max(1, |expected|). */
export function greatestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual).toHaveLength(expected.length);
  return Math.max(
    0,
    ...Array.from(expected, (value, i) => Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value))),
  );
}
