import { addon } from '../../../addon/index.js';
import { keysOf } from '../../column.js';
import { columnOf, kindsOf, type Table } from '../../table.js';
import type { Target } from '../../target.js';
import type { TableTrainingOptions } from '../options.js';
import { leakingColumns } from './leaks.js';
import { truthsFor } from './nearest.js';
import { type Comparison, compared, type Opinion, opinionOf } from './opinion.js';
import { isSuspected, lateParts, partsFor, possibleTimes } from './order.js';
import { Points } from './points.js';
import { isClear, repeatedValues } from './repeated_values.js';
import { firstTwins, pairsByChance } from './twins.js';
import type { TableWarning } from './warning.js';

export { type TableWarning } from './warning.js';

const mostRows = 4000;

export async function warningsOf(table: Table, target: Target, options: TableTrainingOptions): Promise<TableWarning[]> {
  const kinds = kindsOf(table);
  const warnings: TableWarning[] = [];
  const first = firstTwins(table, kinds);
  const distinct = Uint32Array.from(table.rows ? first.keys() : []).filter((row) => first[row] === row);
  const sample = table.select(distinct.length > mostRows ? addon.permutation(distinct.length, 1).subarray(0, mostRows).map((i) => distinct[i]!).sort() : distinct);
  const twins = twinPairs(first);
  const repeatedShare = (table.rows - distinct.length) / table.rows;
  let usual: Opinion | undefined;
  const usualOpinion = async () => (usual ??= await opinionOf(sample, options));
  if (repeatedShare >= 0.02 && twins >= 10 * pairsByChance(table, kinds, first)) {
    const all = await opinionOf(table.rows > mostRows ? table.select(addon.permutation(table.rows, 2).subarray(0, mostRows).sort()) : table, options);
    const comparison = compared(all, await usualOpinion());
    warnings.push({ kind: 'equal rows', ...scoresIn(comparison), text: `twins ${(100 * repeatedShare).toFixed(0)} %` });
  }
  const points = new Points(sample, kinds, target.column);
  const truths = truthsFor(target, columnOf(sample, target.column));
  const names = sample.columns.filter((name) => name !== target.column);
  const times = possibleTimes(sample, kinds, names);
  let grouped: string | undefined;
  const suspects = repeatedValues(sample, kinds, points, truths, names);
  if (process.env.DEBUG) console.log(suspects, times);
  for (const { column, isIdentifier } of suspects.slice(0, 3)) {
    const keys = keysOf(columnOf(sample, column));
    const keyOf = new Map(Array.from(sample.rowNumbers, (n, i) => [n, keys[i]!]));
    const apart = await opinionOf(sample, { ...options, by: column });
    const together = await (isIdentifier ? usualOpinion() : opinionOf(sample.without([column]), options));
    const c = compared(together, apart, (n) => keyOf.get(n)!);
    if (process.env.DEBUG) console.log(column, c);
    if (isIdentifier ? c.fall.low <= 0 : !isClear(c.fall, c.constant)) continue;
    warnings.push({ kind: 'repeated values', column, ...scoresIn(c), text: `by ${column}` });
    grouped = column;
    break;
  }
  for (const name of times) {
    if (name === grouped) continue;
    const parts = lateParts((columnOf(sample, name) as { values: Float64Array }).values);
    if (!isSuspected(points, truths, parts)) continue;
    const mixed = await opinionOf(sample, options, () => [partsFor(parts.mixed, parts.late)]);
    const early = await opinionOf(sample, options, () => [partsFor(parts.earlier, parts.late)]);
    const c = compared(mixed, early);
    if (process.env.DEBUG) console.log(name, c);
    if (!isClear(c.fall, 2 * c.constant)) continue;
    warnings.push({ kind: 'order', column: name, ...scoresIn(c), text: `time ${name}` });
    break;
  }
  const keys = grouped === undefined ? undefined : keysOf(columnOf(sample, grouped));
  const candidates = names.filter((name) => !times.includes(name) && !suspects.some(({ column }) => column === name));
  const leaks = leakingColumns(points, truths, candidates, (row) => keys?.[row] ?? row);
  if (process.env.DEBUG) console.log(leaks);
  if (leaks.length > 0 && leaks.length < points.columns.length) {
    const c = compared(await usualOpinion(), await opinionOf(sample.without(leaks), options));
    if (process.env.DEBUG) console.log(c);
    if (isClear(c.fall, c.constant)) warnings.push({ kind: 'leak', column: leaks[0]!, ...scoresIn(c), text: `leak ${leaks.join()}` });
  }
  return warnings;
}

const scoresIn = ({ score, first, second }: Comparison) => ({ score, reported: first, instead: second });

function twinPairs(first: Uint32Array): number {
  const counts = new Map<number, number>();
  for (const f of first) counts.set(f, (counts.get(f) ?? 0) + 1);
  let pairs = 0;
  for (const c of counts.values()) pairs += (c * (c - 1)) / 2;
  return pairs;
}
