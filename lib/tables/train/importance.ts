import { addon } from '../../addon/index.js';
import { type Ranks, together } from '../../distributed/ranks.js';
import { newArray } from '../../errors.js';
import { concatenated } from '../concatenated.js';
import type { Sampling } from '../sampling.js';
import { gatheredRows, permuted, ranksOf, type Table } from '../table.js';
import { type FittedWithPipeline, predictedBy, samplingOf } from './assess.js';
import { truthsOf } from './baselines.js';
import { meanOf } from './estimates.js';
import type { ColumnImportance } from './report.js';
import { lossesOf } from './scores.js';
import type { Setting } from './setting.js';
import { blocksOf } from './time_blocks.js';

/** How many times each column is shuffled. */
const repeats = 3;

/** The most rows of each part. */
const mostRows = 10_000;

/**
 * How much worse a model predicts held-out rows when a column is shuffled: the mean increase of the loss with its interval over
 * the rows, or over their groups or blocks of time. The most important column comes first (Breiman 2001; Fisher, Rudin & Dominici
 * 2019). Each rank shuffles some of the columns.
 */
export async function importanceOf(
  parts: readonly { readonly fit: FittedWithPipeline; readonly held: Table }[],
  setting: Setting,
  ranks: Ranks | undefined,
): Promise<ColumnImportance[]> {
  const increases = new Map<string, number[]>();
  const { seed, division } = setting;
  const samplings: Sampling[] = [];
  const { rank, size } = ranks ?? { rank: 0, size: 1 };
  for (const { fit, held: all } of parts) {
    const most = ranksOf(all) ? Math.ceil(mostRows / size) : mostRows;
    const some = all.rows > most ? all.select(addon.permutation(all.rows, seed).subarray(0, most)) : all;
    const held = await gatheredRows(some);
    const { target, columns } = fit.pipeline;
    const truths = truthsOf(target, held);
    const losses = lossesOf(target, predictedBy(fit, held, truths));
    samplings.push(samplingOf(setting, held));
    const found = columns.map((column, i) => {
      if (i % size !== rank) return undefined; // another rank's
      const sums = newArray(Float64Array, held.rows);
      for (let repeat = 0; repeat < repeats; ++repeat) {
        const shuffled = permuted(held, column, addon.permutation(held.rows, seed + 1 + repeat));
        const worse = lossesOf(target, predictedBy(fit, shuffled, truths));
        for (let row = 0; row < sums.length; ++row) sums[row]! += (worse[row]! - losses[row]!) / repeats;
      }
      return sums;
    });
    const ofRanks = await together(ranks, found);
    for (const [i, column] of columns.entries()) {
      const list = increases.get(column) ?? [];
      for (const sum of ofRanks[i % size]![i]!) list.push(sum);
      increases.set(column, list);
    }
  }
  const [weights, groups] = [joinedNumbers(samplings, 'weights'), joinedNumbers(samplings, 'groups')];
  const sampling = { weights, groups: division.time === undefined ? groups : blocksOf(groups!) };
  return Array.from(increases, ([column, list]) => ({
    column,
    increase: meanOf(Float64Array.from(list), sampling),
  })).sort((a, b) => b.increase.value - a.increase.value);
}

const joinedNumbers = (samplings: readonly Sampling[], name: keyof Sampling): Float64Array | undefined =>
  samplings[0]?.[name] &&
  concatenated(
    Float64Array,
    samplings.map((one) => one[name]!),
  );
