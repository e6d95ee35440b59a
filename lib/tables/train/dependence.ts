import { addon } from '../../addon/index.js';
import { type Ranks, together } from '../../distributed/ranks.js';
import { type Cell, type Column, cellOf, keysOf } from '../column.js';
import type { ColumnKind } from '../kinds.js';
import { columnOf, gatheredRows, permuted, ranksOf, type Table } from '../table.js';
import type { TableModel } from '../table_model.js';
import type { Target } from '../target.js';
import { weightsOf } from '../weights.js';

/** The mean prediction as a function of one column (Friedman 2001). Plain data. */
export interface ColumnDependence {
  readonly column: string;
  readonly kind: 'number' | 'date' | 'boolean' | 'category';
  /** Numbers and dates in ascending order, categories by how frequent they are. */
  readonly points: readonly DependencePoint[];
}

export interface DependencePoint {
  /** The value of the column; a date in ISO 8601, `null` for a missing category. */
  readonly value: number | string | boolean | null;
  /**
   * The mean prediction if all rows had this value: a number, the quantiles by their levels, or the probability of each class by its
   * name.
   */
  readonly prediction: number | Readonly<Record<string, number>>;
}

/** The most columns, the rows whose predictions are averaged, and the most values of numbers and of categories. */
const [mostColumns, mostRows, mostNumbers, mostCategories] = [5, 200, 20, 10];

/**
 * Partial dependence: the mean prediction of a model for some rows if a column had the same value in all of them, and the other
 * columns were as they are, for several values (Friedman 2001, Greedy function approximation, section 8.2,
 * https://doi.org/10.1214/aos/1013203451). Each rank computes some of the columns.
 *
 * @param held The rows; if the table is one rank's part, those of all ranks.
 * @param columns The columns by importance. Texts and identifiers are passed over.
 */
export async function dependenceOf(
  model: TableModel,
  held: Table,
  columns: readonly string[],
  kinds: ReadonlyMap<string, ColumnKind>,
  seed: number,
  ranks: Ranks | undefined,
): Promise<ColumnDependence[]> {
  const { rank, size } = ranks ?? { rank: 0, size: 1 };
  const most = ranksOf(held) ? Math.ceil(mostRows / size) : mostRows;
  const some = held.rows > most ? held.select(addon.permutation(held.rows, seed).subarray(0, most)) : held;
  const rows = await gatheredRows(some);
  const shown = columns
    .flatMap((column) => {
      const kind = kinds.get(column);
      return kind && hasValues(kind) ? [{ column, kind }] : [];
    })
    .slice(0, mostColumns);
  const mine = shown.map(({ column, kind }, i) =>
    i % size === rank ? { column, kind, points: pointsOf(model, rows, column, kind) } : undefined,
  );
  const ofRanks = await together(ranks, mine);
  return shown.map((_, i) => ofRanks[i % size]![i]!).filter(({ points }) => points.length > 1);
}

const hasValues = (kind: ColumnKind): kind is ColumnDependence['kind'] =>
  kind === 'number' || kind === 'date' || kind === 'boolean' || kind === 'category';

function pointsOf(model: TableModel, rows: Table, name: string, kind: ColumnDependence['kind']): DependencePoint[] {
  const column = columnOf(rows, name);
  const isOrdered = column.type !== 'word' && (kind === 'number' || kind === 'date');
  const places = isOrdered ? placesOfQuantiles(column.values) : placesOfFrequent(column);
  // All rows once for each value, which is that of one of the rows.
  const repeated = Uint32Array.from({ length: places.length * rows.rows }, (_, i) => i % rows.rows);
  const from = repeated.map((_, i) => places[Math.floor(i / rows.rows)]!);
  const readings = model.readings(permuted(rows.select(repeated), name, from));
  const width = readings.length / repeated.length;
  const weights = weightsOf(rows, model.pipeline.weight) ?? new Float64Array(rows.rows).fill(1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return places.map((place, i) => {
    const means = new Float64Array(width);
    for (let row = 0; row < rows.rows; ++row)
      for (let j = 0; j < width; ++j)
        means[j]! += (weights[row]! / total) * readings[(i * rows.rows + row) * width + j]!;
    return { value: plain(cellOf(column, place)), prediction: named(model.target, means) };
  });
}

/** Places of different values at equal distances in the order of the values. */
function placesOfQuantiles(values: Float64Array): number[] {
  const order = Array.from(values.keys()).filter((row) => !Number.isNaN(values[row]!));
  order.sort((a, b) => values[a]! - values[b]!);
  const firsts = order.filter((row, i) => i === 0 || values[row] !== values[order[i - 1]!]);
  if (firsts.length <= mostNumbers) return firsts;
  const chosen = Array.from(
    { length: mostNumbers },
    (_, i) => order[Math.floor(((i + 0.5) / mostNumbers) * order.length)]!,
  );
  return chosen.filter((row, i) => i === 0 || values[row] !== values[chosen[i - 1]!]);
}

/** Places of the most frequent values, missing ones included. */
function placesOfFrequent(column: Column): number[] {
  const counts = new Map<number, { place: number; count: number }>();
  for (const [place, key] of keysOf(column).entries()) {
    const known = counts.get(key);
    if (known) known.count += 1;
    else counts.set(key, { place, count: 1 });
  }
  return [...counts.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, mostCategories)
    .map(({ place }) => place);
}

const plain = (cell: Cell): DependencePoint['value'] =>
  cell !== null && typeof cell === 'object' ? cell.toISOString() : cell;

/** The numbers of a reading by what they stand for. */
function named(target: Target, means: Float64Array): DependencePoint['prediction'] {
  const names = target.task === 'classification' ? target.classes : target.quantiles;
  return names ? Object.fromEntries(names.map((name, j) => [String(name), means[j]!])) : means[0]!;
}
