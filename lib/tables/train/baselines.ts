import { type Ranks, together } from '../../distributed/ranks.js';
import { newArray } from '../../errors.js';
import { timesOf } from '../splits.js';
import { columnOf, ranksOf, type Table } from '../table.js';
import { type Target, targetsOf } from '../target.js';
import { headOf } from '../targets/heads.js';
import { weightsOf } from '../weights.js';
import { gapIn } from './divisions.js';
import type { Parts } from './folds.js';
import { followingClasses, joinedRows, lastNumbers, type TimedRows } from './persistence.js';
import type { Setting } from './setting.js';

/** True values: numbers in the units of the table, or indices of classes. */
export function truthsOf(target: Target, table: Table): Float64Array {
  const { truthOf } = headOf(target);
  return targetsOf(target, columnOf(table, target.column)).map(truthOf);
}

/** Predictions for the held-out rows of a division by baselines that need no training: numbers, or probabilities of all classes. */
export async function baselinePredictions(
  setting: Setting,
  target: Target,
  parts: Parts,
): Promise<{ constant: Float64Array; persistence?: Float64Array }> {
  const { table, division } = setting;
  const learnt = table.select(parts.training);
  const weights = weightsOf(learnt, setting.objective.weight);
  const constant = await constantFor(target, truthsOf(target, learnt), weights, ranksOf(table));
  return {
    constant: repeated(constant, parts.heldOut.length),
    ...(division.time === undefined ? {} : { persistence: await persistent(setting, target, parts, constant) }),
  };
}

/**
 * The constant of least loss over the training rows: the mean, the shares of the classes, …; of ranks, the mean of theirs. Each
 * class counts half a row more, so that none is impossible (Krichevsky & Trofimov 1981).
 */
async function constantFor(
  target: Target,
  known: Float64Array,
  weights: Float64Array | undefined,
  ranks: Ranks | undefined,
): Promise<Float64Array> {
  const mine = headOf(target).constant(known, weights);
  const weight = weights ? weights.reduce((sum, w) => sum + w, 0) : known.length;
  const parts = await together(ranks, { weight, rows: known.length, mine });
  const total = parts.reduce((sum, part) => sum + part.weight, 0);
  const constant = mine.map((_, i) => parts.reduce((sum, part) => sum + (part.weight / total) * part.mine[i]!, 0));
  if (target.task === 'regression') return constant;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return constant.map((share) => (share * rows + 0.5) / (rows + constant.length / 2));
}

/** The same prediction for all rows. */
function repeated(prediction: Float64Array, rows: number): Float64Array {
  const predictions = newArray(Float64Array, prediction.length * rows);
  for (let row = 0; row < rows; ++row) predictions.set(prediction, row * prediction.length);
  return predictions;
}

/** The target's last earlier value, over the rows of all ranks. */
async function persistent(
  { table, division }: Setting,
  target: Target,
  parts: Parts,
  constant: Float64Array,
): Promise<Float64Array> {
  const time = division.time!;
  const column = columnOf(table, time);
  const gap = gapIn(column, division.gap);
  const ofRows = (some: Table): TimedRows => ({
    times: timesOf(some, time, columnOf(some, time)),
    truths: truthsOf(target, some),
  });
  const overAll = async (some: Table) => joinedRows(await together(ranksOf(table), ofRows(some)));
  const all = await overAll(table);
  const { times } = ofRows(table.select(parts.heldOut));
  if (target.task === 'regression') {
    const numbers = lastNumbers(all, times, gap, Number.NaN);
    const width = constant.length;
    const last = (i: number) => numbers[Math.floor(i / width)]!;
    return Float64Array.from({ length: numbers.length * width }, (_, i) =>
      Number.isNaN(last(i)) ? constant[i % width]! : last(i),
    );
  }
  return followingClasses(all, await overAll(table.select(parts.training)), times, gap, constant);
}
