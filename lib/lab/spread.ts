export const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** exp of the mean of logarithms. */
export const geometricMean = (values: readonly number[]): number => Math.exp(mean(values.map(Math.log)));

/** The quantile of `share`, from 0 to 1, with linear interpolation between neighbours. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/** The largest of any number of values, where `Math.max(...values)` may overflow the stack. NaN if one is. */
export const largest = (values: Iterable<number>): number => {
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  return most;
};

/** The smallest of any number of values. NaN if one is. */
export const smallest = (values: Iterable<number>): number => {
  let least = Infinity;
  for (const value of values) least = Math.min(least, value);
  return least;
};
