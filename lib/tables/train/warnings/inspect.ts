import { addon } from '../../../addon/index.js';
import { keysOf } from '../../column.js';
import type { ColumnKind } from '../../kinds.js';
import { columnsOf } from '../../pipeline/fitted_steps.js';
import { pipeline } from '../../pipeline/pipeline.js';
import { columnOf, kindsOf, type Table } from '../../table.js';
import type { Target } from '../../target.js';
import { type Twins, twinsOf } from '../../twins.js';
import type { TableTrainingOptions } from '../options.js';
import { Points } from '../points.js';
import type { TableWarning } from '../report.js';
import { compared, type Opinion } from './comparison.js';
import { isRepeating } from './equal_rows.js';
import { leakingColumns } from './leaks.js';
import { type Truths, truthsFor } from './nearest.js';
import { nearestOpinionOf, opinionOf, withEqualTogether } from './opinion.js';
import { isSuspected, lateParts, partsFor, possibleTimes } from './order.js';
import { canBeGroups, groupSample, isClear, leastRise, type Suspect, suspectIn } from './repeated_values.js';
import { equalRowsWarning, leakWarning, orderWarning, repeatedValuesWarning } from './warning.js';

/** What is inspected: the rows that a model was trained on, and how. */
export interface Inspected {
  readonly table: Table;
  readonly target: Target;
  /** The columns that the model reads. */
  readonly read: readonly string[];
  /** The options of the training. */
  readonly options: TableTrainingOptions;
}

/** The most rows among which equal ones are looked for. */
const mostLookedAt = 200_000;

/** The most rows of a sample on which models are trained. */
const mostRows = 4000;

/** Fewer rows prove nothing. */
const fewestRows = 50;

/** The most columns of repeated values, and of times, for which models are trained. */
const mostTried = 3;

/**
 * Looks for reasons why scores may be too good for new rows. Nearest rows find suspects in milliseconds. Models that are trained
 * on a sample confirm them: no warning is given unless the score falls by more than chance explains, except for equal rows.
 */
export async function warningsFor(inspected: Inspected): Promise<TableWarning[]> {
  const { options } = inspected;
  if (inspected.table.rows < fewestRows) return [];
  const table = drawn(inspected.table, mostLookedAt);
  const kinds = kindsOf(table);
  const column = inspected.target.column;
  const twins = twinsOf(table, kinds, [column]);
  const areRepeated = isRepeating(table, kinds, column, twins);
  const repeated = areRepeated ? await attempted(options, () => equalRows(table, twins, options)) : undefined;
  const found = [repeated];
  const distinct = areRepeated ? table.select(twins.distinct) : table;
  if (distinct.rows >= fewestRows) {
    const inspection = new Inspection({ ...inspected, table: distinct }, kinds);
    const { by, time } = options;
    const grouped =
      by === undefined && time === undefined ? await attempted(options, () => inspection.repeatedValues()) : undefined;
    found.push(grouped);
    if (time === undefined) found.push(await attempted(options, () => inspection.order(grouped?.column)));
    found.push(await attempted(options, () => inspection.leak(grouped?.column ?? by)));
  }
  return found.filter((one) => one !== undefined);
}

/** What an inspection finds; nothing if a part of the rows does not suffice to train on. */
async function attempted<T>(
  { signal }: TableTrainingOptions,
  find: () => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (!signal?.aborted && unsuited.includes((error as NodeJS.ErrnoException).code!)) return undefined;
    throw error;
  }
}

/** Codes of errors of trainings on rows that are too few or too much alike. */
const unsuited = ['ERR_SHAPE', 'ERR_OUT_OF_RANGE', 'ERR_INVALID_ARGUMENT', 'ERR_NON_FINITE'];

/** Compares predictions for rows of models that may have learnt from equal ones, and of models that have not. */
async function equalRows(table: Table, twins: Twins, options: TableTrainingOptions): Promise<TableWarning> {
  const { first, repeated } = twins;
  const sample = table.rows <= mostRows ? table : table.select(groupSample(first, mostRows));
  const keyOf = new Map(Array.from(table.rowNumbers, (number, row) => [number, first[row]!]));
  const all = await opinionOf(sample, options);
  const isDivided = options.by !== undefined || options.time !== undefined;
  const apart = isDivided
    ? await opinionOf(drawn(table.select(twins.distinct), mostRows), options)
    : await opinionOf(sample, { ...options, stratified: undefined }, withEqualTogether(keyOf));
  return equalRowsWarning(
    repeated / table.rows,
    compared(all, apart, (row) => keyOf.get(row)!),
  );
}

/** A random part of the rows in their order, if there are more than `most`. */
const drawn = (table: Table, most: number): Table =>
  table.rows <= most ? table : table.select(addon.permutation(table.rows, 1).subarray(0, most).sort());

/** Rows of which none repeats another, and a sample of them. */
class Inspection {
  readonly #kinds: ReadonlyMap<string, ColumnKind>;
  readonly #inspected: Inspected;
  readonly #sample: Table;
  readonly #points: Points;
  readonly #truths: Truths;
  /** Columns whose values belong together or may be times. They are no leaks, however much they tell. */
  readonly #ofRows = new Set<string>();
  #usual: Promise<Opinion> | undefined;

  constructor(inspected: Inspected, kinds: ReadonlyMap<string, ColumnKind>) {
    this.#inspected = inspected;
    this.#kinds = kinds;
    this.#sample = drawn(inspected.table, mostRows);
    this.#points = this.#pointsOf(this.#sample);
    this.#truths = this.#truthsOf(this.#sample);
  }

  #pointsOf(sample: Table): Points {
    return new Points(sample, this.#kinds, this.#inspected.read);
  }

  #truthsOf(sample: Table): Truths {
    const { target } = this.#inspected;
    return truthsFor(target, columnOf(sample, target.column));
  }

  get #candidates(): string[] {
    const { options, target, table } = this.#inspected;
    return table.columns.filter((name) => name !== target.column && !(options.without ?? []).includes(name));
  }

  /** Predictions for the sample with the options of the training. */
  usual(): Promise<Opinion> {
    this.#usual ??= opinionOf(this.#sample, this.#inspected.options);
    return this.#usual;
  }

  /** A column whose equal values belong together. */
  async repeatedValues(): Promise<TableWarning | undefined> {
    const { table } = this.#inspected;
    const suspects: (Suspect & { sample: Table })[] = [];
    for (const column of this.#candidates) {
      if (!canBeGroups(table, column, this.#kinds.get(column)!)) continue;
      const isWhole = this.#sample.rows === table.rows;
      const sample = isWhole ? this.#sample : table.select(groupSample(keysOf(columnOf(table, column)), mostRows));
      const points = isWhole ? this.#points : this.#pointsOf(sample);
      const truths = isWhole ? this.#truths : this.#truthsOf(sample);
      const suspect = suspectIn(sample, column, points, truths);
      if (suspect) suspects.push({ ...suspect, sample });
    }
    for (const { column } of suspects) this.#ofRows.add(column);
    suspects.sort((a, b) => Number(b.isIdentifier) - Number(a.isIdentifier) || b.rise - a.rise);
    for (const { column, isIdentifier, sample } of suspects.slice(0, mostTried)) {
      const { options } = this.#inspected;
      const keys = keysOf(columnOf(sample, column));
      const keyOf = new Map(Array.from(sample.rowNumbers, (number, row) => [number, keys[row]!]));
      const apart = { ...withoutColumns(options, [column]), stratified: undefined, by: column };
      const together = withoutColumns(options, isIdentifier ? [] : [column]);
      // A linear model may not find out who is who, where the nearest rows and other models do.
      for (const [witness, opinion, classLoss] of [
        ['model', opinionOf, 'log loss'],
        ['nearest', nearestOpinionOf, 'mistakes'],
      ] as const) {
        const opinions = [await opinion(sample, together), await opinion(sample, apart)] as const;
        const comparison = compared(...opinions, (row) => keyOf.get(row)!, classLoss);
        // Who gives rows identifiers that repeat has groups; then less proves that they matter.
        if (isIdentifier ? comparison.fall.low > 0 : isClear(comparison.fall, comparison.constant))
          return repeatedValuesWarning(column, comparison, witness);
      }
    }
    return undefined;
  }

  /** A column of times after which rows are predicted worse. */
  async order(grouped: string | undefined): Promise<TableWarning | undefined> {
    const { options } = this.#inspected;
    const times = possibleTimes(this.#inspected.table, this.#kinds, this.#candidates);
    for (const name of times) this.#ofRows.add(name);
    for (const column of times.filter((name) => name !== grouped).slice(0, mostTried)) {
      const parts = lateParts((columnOf(this.#sample, column) as { values: Float64Array }).values);
      const isProven = isSuspected(this.#points, this.#truths, parts);
      // Nearest rows don't see what the rows of a day have in common, which a network learns.
      if (!isProven && this.#kinds.get(column) !== 'date') continue;
      const mixed = await opinionOf(this.#sample, options, () => [partsFor(parts.mixed, parts.late)]);
      const earlier = await opinionOf(this.#sample, options, () => [partsFor(parts.earlier, parts.late)]);
      const comparison = compared(mixed, earlier);
      // Later rows are a little harder to predict in many tables, such as after a season that training has seen once. The
      // nearest rows may have proven that later ones differ; a chance of one in 40 is then enough here.
      const { fall, constant } = comparison;
      const isMuch = fall.value > 2 * leastRise * constant;
      if (isMuch && (isProven ? fall.low > 0 : isClear(fall, constant))) return orderWarning(column, comparison);
    }
    return undefined;
  }

  /** Columns that alone predict the target. @param grouped A column whose equal values may not predict each other. */
  async leak(grouped: string | undefined): Promise<TableWarning | undefined> {
    const { read, options } = this.#inspected;
    const keys = grouped === undefined ? undefined : keysOf(columnOf(this.#sample, grouped));
    const names = this.#points.columns.filter((name) => !this.#ofRows.has(name));
    const leaks = leakingColumns(this.#points, this.#truths, names, (row) => keys?.[row] ?? row);
    if (leaks.length === 0 || leaks.length === read.length) return undefined;
    const comparison = compared(await this.usual(), await opinionOf(this.#sample, withoutColumns(options, leaks)));
    return isClear(comparison.fall, comparison.constant) ? leakWarning(leaks, comparison) : undefined;
  }
}

/** Options of a training that does not read some columns. */
function withoutColumns(options: TableTrainingOptions, names: readonly string[]): TableTrainingOptions {
  if (names.length === 0) return options;
  if (!options.pipeline) return { ...options, without: [...(options.without ?? []), ...names] };
  const steps = Object.entries(options.pipeline.steps);
  const left = steps.filter(([name, step]) => !columnsOf(name, step).some((one) => names.includes(one)));
  return { ...options, pipeline: left.length === 0 ? options.pipeline : pipeline(Object.fromEntries(left)) };
}
