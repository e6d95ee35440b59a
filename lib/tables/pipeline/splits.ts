/** Columns and targets of some rows. Each array has a value for each row. */
export interface SplitRows {
  readonly columns: readonly Float64Array[];
  /** One or more outputs; NaN in rows that lack one. */
  readonly targets: readonly Float64Array[];
}

/** Boosted trees are grown for their splits only, so a few are enough. */
const [trees, depth, shrinkage, leastLeaf] = [50, 4, 0.3, 20];

/** The most thresholds that are tried in a column. */
const mostThresholds = 255;

/** A column as the places of its values among thresholds: values ≤ threshold k have places ≤ k. */
interface Binned {
  readonly thresholds: Float64Array;
  readonly places: Uint8Array;
}

/**
 * Thresholds at which the targets change with a column, alone or together with others: the splits of gradient-boosted regression
 * trees (Friedman 2001), of which those with the largest decrease of squared errors are kept. With several targets, trees take
 * turns.
 *
 * @param most The most thresholds of each column.
 * @returns For each column, its thresholds in ascending order.
 */
export function splitsOf({ columns, targets }: SplitRows, most: readonly number[]): number[][] {
  const binned = columns.map(binnedOf);
  const gains = binned.map(({ thresholds }) => new Float64Array(thresholds.length));
  const residuals = targets.map(centred);
  const rows = targets[0]!.length;
  for (let tree = 0; tree < trees; ++tree) {
    const residual = residuals[tree % residuals.length]!;
    let nodes: Uint32Array[] = [Uint32Array.from({ length: rows }, (_, row) => row)];
    for (let level = 0; level < depth; ++level)
      nodes = nodes.flatMap((node) => {
        const split = bestSplit(binned, residual, node);
        if (!split) return [node];
        const { column, threshold, gain } = split;
        gains[column]![threshold]! += gain;
        const { places } = binned[column]!;
        return [node.filter((row) => places[row]! <= threshold), node.filter((row) => places[row]! > threshold)];
      });
    for (const node of nodes) {
      const step = shrinkage * (node.reduce((sum, row) => sum + residual[row]!, 0) / node.length);
      for (const row of node) residual[row]! -= step;
    }
  }
  return binned.map(({ thresholds }, column) => {
    const gain = gains[column]!;
    const kept = Array.from(thresholds.keys()).filter((threshold) => gain[threshold]! > 0);
    kept.sort((a, b) => gain[b]! - gain[a]!);
    return kept
      .slice(0, most[column])
      .sort((a, b) => a - b)
      .map((threshold) => thresholds[threshold]!);
  });
}

/** Differences from the mean; 0 in rows without a target. */
function centred(target: Float64Array): Float64Array {
  const known = target.filter((y) => !Number.isNaN(y));
  const mean = known.reduce((sum, y) => sum + y, 0) / known.length;
  return target.map((y) => (Number.isNaN(y) ? 0 : y - mean));
}

/** Thresholds at equal distances in the order of the values, each in the middle between two neighbours. */
function binnedOf(column: Float64Array): Binned {
  const sorted = column.slice().sort();
  const step = Math.max(1, sorted.length / (mostThresholds + 1));
  const found: number[] = [];
  for (let at = step; at < sorted.length && found.length < mostThresholds; at += step) {
    const begin = Math.floor(at);
    let next = begin; // the first value above its predecessor, from here on
    while (next < sorted.length && sorted[next] === sorted[next - 1]) ++next;
    if (next === sorted.length) break;
    const middle = (sorted[next - 1]! + sorted[next]!) / 2;
    if (found.length === 0 || middle > found.at(-1)!) found.push(middle);
  }
  const thresholds = Float64Array.from(found);
  return { thresholds, places: Uint8Array.from(column, (x) => placeAmong(thresholds, x)) };
}

/** The number of thresholds below a value. */
function placeAmong(thresholds: Float64Array, x: number): number {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thresholds[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Split {
  readonly column: number;
  readonly threshold: number;
  /** The decrease of the sum of squared errors. */
  readonly gain: number;
}

function bestSplit(binned: readonly Binned[], residual: Float64Array, node: Uint32Array): Split | undefined {
  if (node.length < 2 * leastLeaf) return undefined;
  const [counts, sums] = [new Uint32Array(mostThresholds + 1), new Float64Array(mostThresholds + 1)];
  let total = 0;
  for (const row of node) total += residual[row]!;
  const before = total ** 2 / node.length;
  let best: Split | undefined;
  for (const [column, { thresholds, places }] of binned.entries()) {
    counts.fill(0);
    sums.fill(0);
    for (let i = 0; i < node.length; ++i) {
      const row = node[i]!;
      const place = places[row]!;
      counts[place]! += 1;
      sums[place]! += residual[row]!;
    }
    let [count, sum] = [0, 0];
    for (let threshold = 0; threshold < thresholds.length; ++threshold) {
      count += counts[threshold]!;
      sum += sums[threshold]!;
      const rest = node.length - count;
      if (count < leastLeaf || counts[threshold] === 0) continue;
      if (rest < leastLeaf) break;
      const gain = sum ** 2 / count + (total - sum) ** 2 / rest - before;
      if (gain > (best?.gain ?? 1e-12 * before)) best = { column, threshold, gain };
    }
  }
  return best;
}
