import { together } from '../../distributed/ranks.js';
import { newArray } from '../../errors.js';
import { concatenated } from '../concatenated.js';
import { ofSource } from '../source_errors.js';
import { chunksOf, columnOf, ranksOf, rowNumberOf, type Table } from '../table.js';
import { type Target, targetsOf } from '../target.js';
import { columnsOf, type FittedStep, placesOf, rowsFor } from './fitted_steps.js';
import { splitsOf } from './splits.js';
import { type BinnedColumn, type Encoding, kindOf, type Rows } from './step.js';

/** The most values of all columns together in which splits are looked for, and the most rows. */
const [mostValues, mostRows] = [1 << 19, 20_000];

/** The fewest rows, if there are many columns. */
const fewestRows = 2_000;

/** The most classes that get trees of their own. */
const mostClasses = 50;

/** Adds edges to the steps whose bins are separated by splits of trees. Other steps of the pipeline take part in the trees. */
export async function withSplitBins(
  steps: readonly FittedStep[],
  table: Table,
  targets: readonly Target[],
): Promise<readonly FittedStep[]> {
  const wanting = new Map(
    steps.flatMap((one, place) => {
      const binned = binnedOf(one);
      return binned ? [[place, binned.most]] : [];
    }),
  );
  if (wanting.size === 0) return steps;
  const ranks = ranksOf(table);
  const readers = steps.flatMap((one, place) => {
    const columns = columnsOf(one.name, one.step);
    const read = readerOf(one, columns);
    return read ? [{ place, columns, read }] : [];
  });
  const limit = Math.max(fewestRows, Math.min(mostRows, mostValues / readers.length));
  const distance = Math.ceil((table.rows * (ranks?.size ?? 1)) / limit);
  const rows = Uint32Array.from({ length: Math.ceil(table.rows / distance) }, (_, i) => i * distance);
  const some = distance === 1 ? table : table.select(rows);
  const mine = {
    columns: ofSource(table, () => readColumns(some, readers)),
    targets: ofSource(table, () =>
      targets.map((target) => targetsOf(target, columnOf(some, target.column), (row) => rowNumberOf(some, row))),
    ),
  };
  const all = await together(ranks, mine);
  const joined = (listOf: (one: typeof mine) => readonly Float64Array[]) =>
    listOf(mine).map((_, i) =>
      concatenated(
        Float64Array,
        all.map((one) => listOf(one)[i]!),
      ),
    );
  const outputs = joined((one) => one.targets).flatMap((values, i) => outputsOf(targets[i]!, values));
  const read = joined((one) => one.columns.flatMap(({ values }) => values));
  const owners = mine.columns.flatMap(({ place, values }) => values.map(() => place));
  const most = owners.map((place) => (wanting.get(place) ?? 1) - 1);
  const splits = splitsOf({ columns: read, targets: outputs }, most);
  return steps.map((one, place) =>
    wanting.has(place) ? withEdges(one, splits[owners.indexOf(place)]!, read[owners.indexOf(place)]!) : one,
  );
}

const binnedOf = ({ name, step, found }: FittedStep): BinnedColumn | undefined =>
  kindOf(step).binned?.(step, found, columnsOf(name, step));

/** Reads what a step knows of rows as one or more columns. */
type Reader = (rows: Rows) => Float64Array[];

/** Undefined: the step takes no part, as those of words. The column that gets bins is the first one. */
function readerOf(one: FittedStep, names: readonly string[]): Reader | undefined {
  const binned = binnedOf(one);
  const others = encodedBy(one, names);
  if (!binned) return others;
  return (rows) => [binned.read(rows), ...(one.step.kind === 'number' ? [] : (others?.(rows) ?? []))];
}

/** Reads inputs of a network, but categories as one column. */
function encodedBy({ step, found }: FittedStep, names: readonly string[]): Reader | undefined {
  const encoding: Encoding = kindOf(step).encoding(step, found, names);
  if (encoding.block === 'words') return undefined;
  if (encoding.block === 'codes')
    return (rows) => {
      const codes = newArray(Uint32Array, rows.rows);
      encoding.write(rows, codes, 0, 1);
      return [Float64Array.from(codes)];
    };
  return (rows) => {
    const { width } = encoding;
    const out = newArray(Float32Array, rows.rows * width);
    encoding.write(rows, out, 0, width);
    const columns = Array.from({ length: width }, (_, k) =>
      Float64Array.from({ length: rows.rows }, (_, row) => out[row * width + k]!),
    );
    return step.kind === 'category' ? [placeOfOne(columns)] : columns;
  };
}

/** For each row, the column that is 1. */
const placeOfOne = (columns: readonly Float64Array[]): Float64Array =>
  columns[0]!.map((_, row) => columns.findIndex((column) => column[row] === 1));

function readColumns(
  table: Table,
  readers: readonly { readonly place: number; readonly columns: readonly string[]; readonly read: Reader }[],
): { readonly place: number; readonly values: Float64Array[] }[] {
  const places = placesOf(table.fields);
  const parts = readers.map((): Float64Array[][] => []);
  let before = 0;
  for (const chunk of chunksOf(table)) {
    const begin = before;
    const numberOf = (row: number) => rowNumberOf(table, begin + row);
    for (const [i, { columns, read }] of readers.entries())
      parts[i]!.push(read(rowsFor(columns, places, chunk, numberOf)));
    before += chunk.rows;
  }
  return readers.map(({ place }, i) => ({
    place,
    values: parts[i]![0]!.map((_, k) =>
      concatenated(
        Float64Array,
        parts[i]!.map((part) => part[k]!),
      ),
    ),
  }));
}

/** What trees predict: numbers in units of the network, or 1 for the rows of a class; NaN in rows without a target. */
function outputsOf(target: Target, values: Float64Array): Float64Array[] {
  if (target.task === 'regression') return [values];
  const classes = target.classes.length === 2 ? [1] : mostFrequent(target.classes.length, values);
  return classes.map((one) => values.map((value) => (Number.isNaN(value) ? value : Number(value === one))));
}

/** The classes that get trees, in their order. */
function mostFrequent(classes: number, values: Float64Array): number[] {
  const counts = new Uint32Array(classes);
  for (const value of values) if (!Number.isNaN(value)) counts[value]! += 1;
  const byCount = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b);
  return byCount.slice(0, mostClasses).sort((a, b) => a - b);
}

/** A fitted step with the splits as edges, between the least and the greatest value. */
function withEdges(one: FittedStep, splits: readonly number[], values: Float64Array): FittedStep {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return splits.length === 0 ? one : { ...one, found: { ...one.found, edges: [least, ...splits, greatest] } };
}
