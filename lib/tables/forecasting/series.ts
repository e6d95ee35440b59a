import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { type Column, cellOf, missingCode } from '../column.js';
import { columnOf, type Table } from '../table.js';
import { numberOf, type Spacing, spacingOf, spacingText, timeOf } from './spacing.js';

/** The columns that series are made of. */
export interface SeriesColumns {
  readonly time: string;
  readonly target: string;
  /** The column that tells series apart. */
  readonly by?: string | undefined;
  readonly known: readonly KnownColumn[];
}

/** A column whose future is known: a number, or an input for each of its words. */
export interface KnownColumn {
  readonly column: string;
  readonly words?: readonly string[];
  /** The mean of each input, which stands for missing values of the past. */
  readonly means: readonly number[];
}

/** One series on the grid of its spacing. */
export interface Series {
  /** The value of the column that tells series apart, as text; empty for a single series. */
  readonly name: string;
  /** The number of its first time. */
  readonly begin: number;
  /** The values at adjacent times up to the last one that is present. NaN is missing. */
  readonly values: Float64Array;
  /** The same, with each missing value replaced by the last one before it. */
  readonly filled: Float64Array;
  /** The inputs of known columns, at these times and those after them that the table has. */
  readonly known: readonly Float64Array[];
}

/** How many times lack a value, or have several, and the first of them. */
export interface TimesNamed {
  readonly count: number;
  readonly first: readonly string[];
}

/** All series of a table. */
export interface Panel {
  readonly spacing: Spacing;
  readonly series: readonly Series[];
  /** Times between the first and the last of a series without a value; forecasts are not judged at them. */
  readonly missing: TimesNamed;
  /** Times with several rows, whose mean is used. */
  readonly doubled: TimesNamed;
  /** Rows without a time, or without a name of a series. */
  readonly withoutTime: number;
}

/** How many times are named. */
const mostNamed = 5;

/** A time in words: a date, with the time of day unless it is midnight; or a number. */
export const timeText = (time: number, isDate: boolean): string =>
  isDate
    ? new Date(time)
        .toISOString()
        .replace(/T00:00:00\.000Z$/, '')
        .replace(/:00\.000Z$/, 'Z')
    : String(time);

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless the column has numbers or truth values. */
export function numbersIn(table: Table, option: string, name: string, types: readonly string[]): Float64Array {
  const column = columnOf(table, name);
  if (column.type !== 'word' && types.includes(column.type)) return column.values;
  const expected = types.includes('date') ? 'dates or numbers' : 'numbers';
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    `${option}: Expected a column of ${expected}, but ${quoted(name)} has ${column.type}s; give its type, such as types: { ${name}: '${types[0]}' }, or convert it`,
  );
}

/** Numbers of a column, of which new rows of a model may have none. The type of an empty column says nothing. */
const numbersIfAny = (table: Table, option: string, name: string): Float64Array =>
  isEmpty(columnOf(table, name))
    ? new Float64Array(table.rows).fill(Number.NaN)
    : numbersIn(table, option, name, ['number', 'boolean']);

const isEmpty = (column: Column): boolean =>
  column.type === 'word' && column.codes.every((code) => code === missingCode);

/** The values of the target. New rows for a model can be a plan of known columns alone. */
const targetsIn = (table: Table, { target, known }: SeriesColumns, isTrained: boolean): Float64Array =>
  isTrained && known.length > 0 && !table.columns.includes(target)
    ? new Float64Array(table.rows).fill(Number.NaN)
    : numbersIfAny(table, 'target', target);

/** Known columns as the table shows them: words become an input each. */
export function knownColumnsOf(table: Table, names: readonly string[]): KnownColumn[] {
  return names.map((column) => {
    const values = columnOf(table, column);
    if (isEmpty(values))
      throw errorWith('ERR_INVALID_ARGUMENT', `known: ${quoted(column)} has no value; leave it out, or fill it in`);
    const found = values.type === 'word' ? wordsIn(column, values) : undefined;
    const known = { column, ...(found && { words: found }), means: [] };
    return { ...known, means: inputsOf(table, known).map(meanOf) };
  });
}

const mostWords = 50;

function wordsIn(name: string, column: Column): string[] {
  const words = new Set<string>();
  for (let row = 0; row < (column as { codes: Uint32Array }).codes.length; ++row) {
    const word = cellOf(column, row) as string | null;
    if (word !== null) words.add(word);
  }
  if (words.size > mostWords)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `known: ${quoted(name)} has ${words.size} different words; at most ${mostWords} fit`,
    );
  return [...words].sort();
}

const meanOf = (values: Float64Array): number => {
  let [sum, count] = [0, 0];
  for (const x of values) if (!Number.isNaN(x)) [sum, count] = [sum + x, count + 1];
  return count > 0 ? sum / count : 0;
};

/** The inputs of a known column: NaN for missing values. */
function inputsOf(table: Table, { column, words }: KnownColumn): Float64Array[] {
  if (!words) return [numbersIfAny(table, 'known', column)];
  const values = columnOf(table, column);
  const cells = Array.from({ length: table.rows }, (_, row) => cellOf(values, row));
  return words.map((word) => Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : cell === word ? 1 : 0)));
}

interface Entry {
  readonly number: number;
  readonly row: number;
}

/**
 * The series of a table, sorted by time.
 *
 * @param given The spacing of a trained model, whose times were dates or not (`wasDate`). Default: found from the times.
 */
export function panelOf(table: Table, columns: SeriesColumns, given?: Spacing, wasDate?: boolean): Panel {
  const { time, target, by, known } = columns;
  const times = numbersIn(table, 'time', time, ['date', 'number']);
  const isDate = table.typeOf(time) === 'date';
  if (wasDate !== undefined && wasDate !== isDate)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `time: ${quoted(time)} has ${isDate ? 'dates' : 'numbers'}, but had ${isDate ? 'numbers' : 'dates'} in training`,
    );
  const targets = targetsIn(table, columns, given !== undefined);
  const names = by === undefined ? undefined : columnOf(table, by);
  const rowsOf = new Map<string, number[]>();
  let withoutTime = 0;
  for (let row = 0; row < table.rows; ++row) {
    const name = names ? cellOf(names, row) : '';
    if (Number.isNaN(times[row]!) || name === null) {
      withoutTime += 1;
      continue;
    }
    const text = name instanceof Date ? name.toISOString() : String(name);
    if (!rowsOf.has(text)) rowsOf.set(text, []);
    rowsOf.get(text)!.push(row);
  }
  if (rowsOf.size === 0) throw errorWith('ERR_SHAPE', `${table.name} has no row with a value of ${quoted(time)}`);
  const grouped = [...rowsOf].map(([name, rows]) => ({
    name,
    rows: rows.sort((a, b) => times[a]! - times[b]! || a - b),
  }));
  const distinct = grouped.map(({ rows }) => Float64Array.from(new Set(rows.map((row) => times[row]!))));
  const spacing = given ?? spacingOf(time, distinct, isDate);
  const inputs = known.flatMap((one) => inputsOf(table, one));
  const means = known.flatMap((one) => [...one.means]);
  const missing = new Named(spacing, isDate, by !== undefined);
  const doubled = new Named(spacing, isDate, by !== undefined);
  const series = grouped.flatMap(({ name, rows }): Series[] => {
    const entries = rows.map((row): Entry => ({ number: gridNumber(spacing, times[row]!, isDate), row }));
    const present = entries.filter(({ row }) => !Number.isNaN(targets[row]!));
    if (present.length === 0 && !given) return [];
    const begin = (present[0] ?? entries[0]!).number; // of a plan for a trained model, without values
    const length = present.length === 0 ? 0 : present.at(-1)!.number - begin + 1;
    const end = Math.max(length, entries.at(-1)!.number - begin + 1);
    const values = meansAt(present, begin, length, targets, (number) => doubled.add(name, number));
    for (const [i, x] of values.entries()) if (Number.isNaN(x)) missing.add(name, begin + i);
    const ofSeries = inputs.map((one, i) => {
      const filled = meansAt(entries, begin, end, one);
      for (let at = 0; at < length; ++at) if (Number.isNaN(filled[at]!)) filled[at] = means[i]!;
      return filled;
    });
    return [{ name, begin, values, filled: filledForward(values), known: ofSeries }];
  });
  if (series.length === 0) throw errorWith('ERR_SHAPE', `${table.name} has no row with a value of ${quoted(target)}`);
  return { spacing, series, missing: missing.found(), doubled: doubled.found(), withoutTime };
}

class Named {
  #count = 0;
  readonly #first: string[] = [];
  readonly #text: (name: string, number: number) => string;

  constructor(spacing: Spacing, isDate: boolean, hasNames: boolean) {
    this.#text = (name, number) => timeText(timeOf(spacing, number), isDate) + (hasNames ? ` (${name})` : '');
  }

  add(name: string, number: number): void {
    this.#count += 1;
    if (this.#first.length < mostNamed) this.#first.push(this.#text(name, number));
  }

  found = (): TimesNamed => ({ count: this.#count, first: this.#first });
}

/** @throws RangeError `ERR_OUT_OF_RANGE` for a time between those of the spacing. */
function gridNumber(spacing: Spacing, time: number, isDate: boolean): number {
  const number = numberOf(spacing, time);
  const whole = Math.round(number);
  if (Math.abs(number - whole) < 1e-6) return whole;
  throw errorWith(
    'ERR_OUT_OF_RANGE',
    `time: ${timeText(time, isDate)} is not a whole number of steps of ${spacingText(spacing)} after ${timeText(spacing.first, isDate)}`,
  );
}

/** The mean of the values at each of some adjacent times. */
function meansAt(
  entries: readonly Entry[],
  begin: number,
  length: number,
  values: Float64Array,
  onDouble?: (number: number) => void,
): Float64Array {
  const sums = new Float64Array(length);
  const counts = new Uint32Array(length);
  for (const { number, row } of entries) {
    const at = number - begin;
    const x = values[row]!;
    if (at < 0 || at >= length || Number.isNaN(x)) continue;
    sums[at]! += x;
    counts[at]! += 1;
    if (counts[at] === 2) onDouble?.(number);
  }
  return sums.map((sum, at) => (counts[at] === 0 ? Number.NaN : sum / counts[at]!));
}

/** The values, with each missing one replaced by the last one before it. */
export function filledForward(values: Float64Array): Float64Array {
  let last = values.find((x) => !Number.isNaN(x)) ?? 0;
  return values.map((x) => {
    if (!Number.isNaN(x)) last = x;
    return last;
  });
}

/** The number of times at which a series has a value, up to before a number of the grid. */
export const lengthBefore = ({ begin, values }: Series, number: number): number =>
  Math.min(values.length, Math.max(0, number - begin));
