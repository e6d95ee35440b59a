/** The quantile at `share` of sorted values, by linear interpolation. */
export function quantileOf(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  if (place === below || low === high) return low; // which may be infinite
  return low + (place - below) * (high - low);
}

/** Values in ascending order, with their weights if they differ. */
export interface SortedValues {
  readonly values: Float64Array;
  readonly weights?: Float64Array;
}

export function sortedBy(values: Float64Array, weights: Float64Array | undefined): SortedValues {
  if (!weights) return { values: values.slice().sort() };
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  return {
    values: Float64Array.from(order, (row) => values[row]!),
    weights: Float64Array.from(order, (row) => weights[row]!),
  };
}

/** The quantile at `share`; with weights, the least value up to which that share of the weights lies. */
export function weightedQuantile({ values, weights }: SortedValues, share: number): number {
  if (!weights) return quantileOf(values, share);
  const wanted = share * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (let i = 0; i < values.length; ++i) {
    sum += weights[i]!;
    if (sum >= wanted) return values[i]!;
  }
  return values.at(-1)!;
}

export function weightedMean(values: Float64Array, weights: Float64Array | undefined): number {
  let [sum, all] = [0, 0];
  for (let row = 0; row < values.length; ++row) {
    const weight = weights ? weights[row]! : 1;
    sum += weight * values[row]!;
    all += weight;
  }
  return sum / all;
}
