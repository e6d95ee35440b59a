import { isArray } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith, newArray } from '../errors.js';
import { type Cell, type Column, cellOf, lengthOfColumn, missingCode } from './column.js';
import { numbersOf } from './conversions.js';
import { Moments, type MomentsOf } from './moments.js';
import { readText } from './readers/typed_texts.js';
import { numberedFrom, type RowNumber } from './row_number.js';

export type Task = 'regression' | 'classification';

/** What a model predicts, and how its outputs are read. Plain data. */
export type Target = NumberTarget | ClassTarget;

/** A number, of which a model computes (number − mean)/deviation. */
export interface NumberTarget {
  readonly column: string;
  readonly task: 'regression';
  readonly mean: number;
  readonly deviation: number;
}

/** One of some classes. With two, a model has one output, the logit of the second. */
export interface ClassTarget {
  readonly column: string;
  readonly task: 'classification';
  readonly classes: readonly Class[];
}

/** A value of a column of classes. */
export type Class = string | number | boolean;

/** Whole numbers of more different values than this are predicted as numbers. */
const mostClassesOfNumbers = 10;

/**
 * The different values of a column; undefined if there are more than could be classes of numbers, or some that are not
 * whole. Of words and truth values, nothing has to be known.
 */
export function possibleClasses(column: Column): ReadonlySet<number> | undefined {
  const seen = new Set<number>();
  if (column.type === 'word' || column.type === 'boolean') return seen;
  for (const value of column.values) {
    if (Number.isNaN(value)) continue;
    seen.add(value);
    if (!Number.isInteger(value) || seen.size > mostClassesOfNumbers) return undefined;
  }
  return seen;
}

/**
 * The task that a column is for: numbers are predicted as numbers, unless they are few whole ones.
 *
 * @param parts The possible classes of the parts of the column.
 */
export function taskFrom(parts: readonly (ReadonlySet<number> | undefined)[]): Task {
  if (parts.includes(undefined)) return 'regression';
  return new Set(parts.flatMap((seen) => [...seen!])).size > mostClassesOfNumbers ? 'regression' : 'classification';
}

/**
 * Rows whose target is known.
 *
 * @throws GlissadeError `ERR_NON_FINITE` that names the row of an infinite target.
 */
export function rowsWithTarget(column: Column): Uint32Array {
  const rows: number[] = [];
  for (let row = 0; row < lengthOfColumn(column); ++row) {
    if (column.type !== 'word' && Math.abs(column.values[row]!) === Infinity)
      throw errorWith('ERR_NON_FINITE', `row ${row + 1}: the target is ${column.values[row]}, which is not finite`);
    if (column.type === 'word' ? column.codes[row] !== missingCode : !Number.isNaN(column.values[row]!)) rows.push(row);
  }
  return Uint32Array.from(rows);
}

/** What is known of a target in some rows: its classes, or moments of numbers and their range. */
export type TargetKnown =
  | { readonly classes: readonly Class[] }
  | { readonly moments: MomentsOf; readonly least: number; readonly greatest: number };

/**
 * Goes through the target of training rows without holes.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if words are to be predicted as numbers; for dates; for numbers that are not
 *   finite.
 */
export function targetKnown(name: string, column: Column, task: Task): TargetKnown {
  if (column.type === 'date') throw refused(name, 'it has dates; give a number, as the days since one of them');
  if (task === 'classification') return { classes: classesOf(column) };
  if (column.type === 'word') throw refused(name, 'it has words, and regression needs numbers');
  const { values } = column;
  const infinite = values.findIndex((value) => Math.abs(value) === Infinity);
  if (infinite >= 0) throw refused(name, `row ${infinite + 1} is not finite`);
  const moments = new Moments();
  moments.add(values);
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return { moments, least, greatest };
}

/**
 * The target, from what is known of it in the parts of the training rows.
 *
 * @param classes Those that a person has given, or that the whole table has.
 * @throws TypeError `ERR_INVALID_ARGUMENT` if all rows have the same value; for numbers that are too large, or too close
 *   to each other.
 */
export function targetFrom(name: string, parts: readonly TargetKnown[], classes?: readonly Class[]): Target {
  if ('classes' in parts[0]!) {
    const all = classes ?? inOrder(new Set((parts as { classes: readonly Class[] }[]).flatMap((part) => part.classes)));
    if (all.length < 2) throw refused(name, `all rows have the same value, ${quoted(String(all[0]))}`);
    return { column: name, task: 'classification', classes: all };
  }
  const numbers = parts as Exclude<TargetKnown, { classes: unknown }>[];
  const moments = Moments.merged(numbers.map((part) => part.moments));
  const { mean } = moments;
  const deviation = Math.sqrt(moments.squares / moments.count);
  const least = Math.min(...numbers.map((part) => part.least));
  if (numbers.every(({ greatest }) => greatest <= least)) throw refused(name, `all rows have the same value, ${least}`);
  if (!Number.isFinite(deviation)) throw refused(name, 'its values are too large; divide them by a power of ten');
  if (!(deviation > 1e-12 * Math.abs(mean)))
    throw refused(name, `its values differ too little; subtract ${least}, and multiply by a power of ten`);
  return { column: name, task: 'regression', mean, deviation };
}

const refused = (name: string, reason: string) =>
  errorWith('ERR_INVALID_ARGUMENT', `the column ${quoted(name)} can't be predicted: ${reason}`);

/** The different values of a column. */
function classesOf(column: Column): Class[] {
  if (column.type !== 'word') {
    const values = new Set(column.values);
    return inOrder(column.type === 'boolean' ? new Set(Array.from(values, (value) => value !== 0)) : values);
  }
  const used = new Set<string>();
  for (const code of new Set(column.codes)) used.add(column.words.word(code));
  return inOrder(used);
}

/** Words in order, or numbers and truth values. */
const inOrder = (classes: ReadonlySet<Class>): Class[] =>
  [...classes].sort((a, b) => (typeof a === 'string' ? (a < (b as string) ? -1 : 1) : Number(a) - Number(b)));

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless they are two different words, numbers or truth values at least. */
export function checkClasses(classes: unknown, task: Task): readonly Class[] | undefined {
  if (classes === undefined) return undefined;
  if (task === 'regression') throw errorWith('ERR_INVALID_ARGUMENT', 'classes are for task: "classification"');
  const list = checkArray('classes', classes, 'an array of classes', (one, i) => {
    if (!['string', 'number', 'boolean'].includes(typeof one))
      throw invalid(`classes[${i}]`, 'a string, a number or a boolean', one);
    return one as Class;
  });
  if (list.length < 2 || new Set(list).size < list.length)
    throw errorWith('ERR_INVALID_ARGUMENT', 'classes: two at least are needed, all different');
  return list;
}

export const outputsFor = (target: Target): number =>
  target.task === 'regression' || target.classes.length === 2 ? 1 : target.classes.length;

/** The loss that a target is learnt by. */
export const lossFor = (target: Target): 'squared' | 'logistic' | 'crossEntropy' =>
  target.task === 'regression' ? 'squared' : target.classes.length === 2 ? 'logistic' : 'crossEntropy';

/**
 * The column as targets of a network: standardised numbers, or numbers of classes; NaN where the value is missing.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names the row of what is no number, or of a class that the training rows
 *   don't have.
 */
export function targetsOf(target: Target, column: Column, numberOf: RowNumber = numberedFrom(1)): Float64Array {
  if (target.task === 'regression') {
    const { mean, deviation } = target;
    return numbersOf(column, target.column, numberOf, 'number', 'error').map((value) => (value - mean) / deviation);
  }
  const length = lengthOfColumn(column);
  const targets = newArray(Float64Array, length);
  const places = new Map<Cell, number>(target.classes.map((one, place) => [one, place]));
  for (let row = 0; row < length; ++row) {
    const cell = cellOf(column, row);
    const place = cell === null ? Number.NaN : (places.get(cell) ?? placeOfText(target, String(cell)));
    if (place === undefined)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `row ${numberOf(row)}, column ${quoted(target.column)}: no training row has the class ${quoted(String(cell))}`,
      );
    targets[row] = place;
  }
  return targets;
}

/** The class that a text stands for: a file may hold as words what another holds as numbers or truth values. */
function placeOfText({ classes }: ClassTarget, text: string): number | undefined {
  const isSaid = (one: Class) =>
    typeof one === 'string' ? one === text : Number(one) === readText(typeof one as 'number' | 'boolean', text);
  const place = classes.findIndex(isSaid);
  return place < 0 ? undefined : place;
}

/** The place of the class that outputs of a row from `at` on stand for; a single output is the logit of the second. */
export function bestOf(outputs: ArrayLike<number>, at: number, width: number): number {
  if (width === 1) return outputs[at]! > 0 ? 1 : 0;
  let best = 0;
  for (let j = 1; j < width; ++j) if (outputs[at + j]! > outputs[at + best]!) best = j;
  return best;
}

/** @throws GlissadeError `ERR_CORRUPT_FILE` unless it describes a target. */
export function checkTarget(json: unknown): Target {
  const target = json as Target;
  const isNumber =
    target?.task === 'regression' &&
    Number.isFinite(target.mean) &&
    Number.isFinite(target.deviation) &&
    target.deviation > 0;
  const isClass = target?.task === 'classification' && isArray(target.classes) && target.classes.length >= 2;
  if (typeof target?.column !== 'string' || !(isNumber || isClass))
    throw errorWith('ERR_CORRUPT_FILE', 'the target of the model is damaged');
  return target;
}
