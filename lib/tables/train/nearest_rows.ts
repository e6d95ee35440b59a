import { addon } from '../../addon/index.js';
import { together } from '../../distributed/ranks.js';
import { newArray } from '../../errors.js';
import { concatenated } from '../concatenated.js';
import { gatheredRows, kindsOverAll, ranksOf } from '../table.js';
import type { Target } from '../target.js';
import { headOf } from '../targets/heads.js';
import { weightsOf } from '../weights.js';
import { truthsOf } from './baselines.js';
import type { Parts } from './folds.js';
import { Points } from './points.js';
import type { Setting } from './setting.js';

/** The most training rows, rows that choose k, and held-out rows, of all ranks. */
const most = { training: 4000, stopping: 200, heldOut: 1000 };

/** The most numbers that are compared, in each kind of rows: about a second. */
const mostWork = 2e8;

/** How many nearest rows may predict a row. */
const counts = [1, 5, 20];

/**
 * Predictions for held-out rows by the nearest training rows, in the columns that a model reads: numbers and dates by their ranks,
 * categories, and the words of texts. A row is predicted by the constant that is best for its k nearest rows; k is the number with the least loss
 * on the rows that decide when training ends (Cover & Hart 1967). Of many rows, some are taken; NaN for others.
 *
 * @param constant The prediction that is best for all training rows. For probabilities and rates, it counts as one more row.
 */
export async function nearestPredictions(
  { table, seed, objective }: Setting,
  target: Target,
  parts: Parts,
  read: readonly string[],
  constant: Float64Array,
): Promise<Float64Array> {
  const ranks = ranksOf(table);
  const { rank, size } = ranks ?? { rank: 0, size: 1 };
  const scale = Math.min(1, mostWork / (most.training * most.heldOut * Math.max(1, read.length))) ** 0.5;
  const placesIn = (part: keyof typeof most) => {
    const limit = Math.ceil((scale * most[part]) / size);
    const { length } = parts[part];
    return length <= limit ? Uint32Array.from(parts[part].keys()) : addon.permutation(length, seed).subarray(0, limit);
  };
  const names = ['training', 'stopping', 'heldOut'] as const;
  const places = names.map(placesIn);
  const own = names.map((part, i) => places[i]!.map((place) => parts[part][place]!));
  const lengths = await together(
    ranks,
    own.map((rows) => rows.length),
  );
  const gathered = await gatheredRows(table.select(concatenated(Uint32Array, own)));
  const points = new Points(gathered, await kindsOverAll(table), read);
  const truths = truthsOf(target, gathered);
  const weights = weightsOf(gathered, objective.weight);
  const partOf = newArray(Uint8Array, gathered.rows); // of each row: its place in names
  let at = 0;
  let begin = 0; // of this rank's held-out rows
  for (const [i, ofRank] of lengths.entries())
    for (const [part, count] of ofRank.entries()) {
      if (i === rank && part === 2) begin = at;
      partOf.fill(part, at, at + count);
      at += count;
    }
  const head = headOf(target);
  const isSmoothed = target.task === 'classification' || target.loss === 'poisson';
  const predictionFor = (nearest: readonly number[]): Float64Array => {
    const ofRows = (of: Float64Array) => Float64Array.from(nearest, (row) => of[row]!);
    const best = head.constant(ofRows(truths), weights && ofRows(weights));
    if (!isSmoothed) return best;
    return best.map((x, i) => (nearest.length * x + constant[i]!) / (nearest.length + 1));
  };
  const nearestOf = (row: number) =>
    nearestRows(points.squaredDistances(row, []), (other) => partOf[other] === 0, counts.at(-1)!);
  const tuning = Array.from(partOf.keys()).filter((row) => partOf[row] === 1);
  const ofTuning = tuning.map(nearestOf);
  const lossOf = (count: number) =>
    tuning.reduce((sum, row, i) => {
      const prediction = predictionFor(ofTuning[i]!.slice(0, count));
      return sum + (weights ? weights[row]! : 1) * head.losses(prediction, truths.subarray(row, row + 1))[0]!;
    }, 0);
  const losses = counts.map(lossOf);
  const count = counts[losses.indexOf(Math.min(...losses))] ?? counts[0]!;
  const predictions = newArray(Float64Array, parts.heldOut.length * head.width).fill(Number.NaN);
  for (const [i, place] of places[2]!.entries())
    predictions.set(predictionFor(nearestOf(begin + i).slice(0, count)), place * head.width);
  return predictions;
}

/** The rows with the smallest distances among those that are allowed, the nearest first; of equal ones, the first. */
export function nearestRows(distances: Float32Array, isAllowed: (row: number) => boolean, mostRows: number): number[] {
  const best: number[] = [];
  for (let row = 0; row < distances.length; ++row) {
    if (best.length === mostRows && distances[row]! >= distances[best[mostRows - 1]!]!) continue;
    if (!isAllowed(row)) continue;
    let at = best.length;
    while (at > 0 && distances[best[at - 1]!]! > distances[row]!) at -= 1;
    best.splice(at, 0, row);
    if (best.length > mostRows) best.pop();
  }
  return best;
}
