import { isArray } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { own } from '../checks/own.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith, newArray } from '../errors.js';
import { type Cell, type Column, cellOf, keysOf, lengthOfColumn, missingCode } from './column.js';
import { numbersOf } from './conversions.js';
import { Moments, type MomentsOf } from './moments.js';
import type { ObjectiveOptions } from './objective_options.js';
import { quantileOf } from './quantiles.js';
import { readText } from './readers/typed_texts.js';
import { numberedFrom, type RowNumber } from './row_number.js';
import { Sample, type SampleKnown } from './sample.js';

export type Task = 'regression' | 'classification';

/** The target of a model, and the meaning of its outputs. Plain data. */
export type Target = NumberTarget | ClassTarget;

/**
 * A number. The model computes (number − mean)/deviation. Under the loss `'poisson'` it computes the logarithm of number/mean. Of
 * quantiles and the losses `'absolute'` and `'huber'`, the mean is the median, and the deviation that of a normal distribution
 * with the same middle half.
 */
export interface NumberTarget {
  readonly column: string;
  readonly task: 'regression';
  readonly mean: number;
  readonly deviation: number;
  /** Undefined: squared. */
  readonly loss?: 'absolute' | 'huber' | 'poisson';
  /** The levels of the quantiles that are predicted, in ascending order. Undefined: one number is predicted. */
  readonly quantiles?: readonly number[];
}

/** One of several classes. For two classes, a model has one output: the logit of the second class. */
export interface ClassTarget {
  readonly column: string;
  readonly task: 'classification';
  readonly classes: readonly Class[];
  /**
   * Factors of the weights of rows in training, a factor for each class. A network learns the probabilities of classes that are as
   * much more frequent. Undefined: all are 1.
   */
  readonly weights?: readonly number[];
  /** Undefined: the log loss. */
  readonly loss?: 'focal';
}

/** A value of a column of classes. */
export type Class = string | number | boolean;

/** A column with more different whole numbers is predicted as numbers. */
const mostClassesOfNumbers = 10;

/**
 * The different values of a column of numbers; undefined if there are too many for classes, or some are not whole. Empty for
 * words and truth values, which are always classes.
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
 * The task for a column: numbers are predicted as numbers, unless they are a few whole numbers.
 *
 * @param parts The possible classes of the parts of the column.
 */
export function taskFrom(parts: readonly (ReadonlySet<number> | undefined)[]): Task {
  if (parts.includes(undefined)) return 'regression';
  return new Set(parts.flatMap((seen) => [...seen!])).size > mostClassesOfNumbers ? 'regression' : 'classification';
}

/**
 * The rows with a known target.
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

/** A summary of a target in some rows: its classes with the weights of their rows, or the moments and range of its numbers. */
export type TargetKnown =
  | { readonly classes: ReadonlyMap<Class, number> }
  | {
      readonly moments: MomentsOf;
      readonly sample: SampleKnown;
      readonly least: number;
      readonly greatest: number;
    };

/**
 * Summarises the target of training rows, none of which lacks it.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if words are to be predicted as numbers; for dates; for infinite
 *   numbers.
 */
export function targetKnown(name: string, column: Column, task: Task, weights?: Float64Array): TargetKnown {
  if (column.type === 'date') throw refused(name, 'it has dates; use a number, such as the days since a date');
  if (task === 'classification') return { classes: classesOf(column, weights) };
  if (column.type === 'word') throw refused(name, 'it has words, but regression needs numbers');
  const { values } = column;
  const infinite = values.findIndex((value) => Math.abs(value) === Infinity);
  if (infinite >= 0) throw refused(name, `row ${infinite + 1} is not finite`);
  const moments = new Moments();
  moments.add(values, weights);
  let [least, greatest] = [Infinity, -Infinity];
  const sample = new Sample();
  for (const value of values) {
    sample.add(value);
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return { moments, sample: sample.known(1), least, greatest };
}

/**
 * The target, from summaries of the parts of the training rows.
 *
 * @param classes Given classes, or those of the whole table.
 * @throws TypeError `ERR_INVALID_ARGUMENT` if all rows have the same value; for numbers that are too large, or too close
 *   to each other; for class weights that don't fit the classes.
 */
export function targetFrom(
  name: string,
  parts: readonly TargetKnown[],
  classes?: readonly Class[],
  objective: ObjectiveOptions = {},
): Target {
  if ('classes' in parts[0]!) {
    const counts = new Map<Class, number>();
    for (const part of parts as { classes: ReadonlyMap<Class, number> }[])
      for (const [one, count] of part.classes) counts.set(one, (counts.get(one) ?? 0) + count);
    const all = classes ?? inOrder(counts.keys());
    if (all.length < 2) throw refused(name, `all rows have the same value, ${quoted(String(all[0]))}`);
    const { classWeights, loss } = checkedFor(name, 'classification', objective);
    return {
      column: name,
      task: 'classification',
      classes: all,
      ...(classWeights ? { weights: weightsOfClasses(all, counts, classWeights) } : {}),
      ...(loss === 'focal' ? { loss } : {}),
    };
  }
  const { loss, quantiles } = checkedFor(name, 'regression', objective);
  const numbers = parts as Exclude<TargetKnown, { classes: unknown }>[];
  const moments = Moments.merged(numbers.map((part) => part.moments));
  const { mean } = moments;
  const deviation = Math.sqrt(moments.squares / moments.count);
  const least = Math.min(...numbers.map((part) => part.least));
  if (numbers.every(({ greatest }) => greatest <= least)) throw refused(name, `all rows have the same value, ${least}`);
  if (!Number.isFinite(deviation)) throw refused(name, 'its values are too large; divide them by a power of ten');
  if (!(deviation > 1e-12 * Math.abs(mean)))
    throw refused(name, `its values differ too little; subtract ${least}, then multiply by a power of ten`);
  const described = { column: name, task: 'regression' } as const;
  if (loss === 'poisson') {
    if (least < 0) throw refused(name, `${least} is negative, but the loss "poisson" is for counts`);
    return { ...described, mean, deviation, loss };
  }
  if (!quantiles && loss !== 'absolute' && loss !== 'huber') return { ...described, mean, deviation };
  const sorted = Sample.merged(numbers.map((part) => part.sample)).sorted();
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantileOf(sorted, share)) as [number, number, number];
  const ofMiddle = (high - low) / normalMiddle;
  return {
    ...described,
    mean: median,
    deviation: ofMiddle > 1e-12 * Math.abs(median) ? ofMiddle : deviation,
    ...(quantiles ? { quantiles } : { loss: loss as 'absolute' | 'huber' }),
  };
}

/** The width of the middle half of a normal distribution of deviation 1. */
const normalMiddle = 1.349;

/** @throws TypeError `ERR_INVALID_ARGUMENT` for options that the kind of the target does not have. */
function checkedFor(name: string, task: Task, objective: ObjectiveOptions): ObjectiveOptions {
  const { loss, quantiles, classWeights } = objective;
  const isOther = (option: string, what: string) =>
    errorWith(
      'ERR_INVALID_ARGUMENT',
      `${option} is for ${what}, but the target ${quoted(name)} is ${task === 'regression' ? 'a number' : 'a class'}`,
    );
  if (task === 'regression' && classWeights) throw isOther('classWeights', 'classes');
  if (task === 'regression' && loss === 'focal') throw isOther('loss: "focal"', 'classes');
  if (task === 'classification' && quantiles) throw isOther('quantiles', 'numbers');
  if (task === 'classification' && loss !== undefined && loss !== 'focal')
    throw isOther(`loss: ${quoted(loss)}`, 'numbers');
  return objective;
}

/** The task that options of the objective determine; undefined if they don't. */
export const taskOfObjective = ({ loss, quantiles }: ObjectiveOptions): Task | undefined =>
  (loss && loss !== 'focal') || quantiles ? 'regression' : undefined;

const refused = (name: string, reason: string) =>
  errorWith('ERR_INVALID_ARGUMENT', `the column ${quoted(name)} can't be predicted: ${reason}`);

/** The different values of a column, each with its rows or the sum of their weights. */
function classesOf(column: Column, weights: Float64Array | undefined): Map<Class, number> {
  const sums = new Map<number, number>();
  for (const [row, key] of keysOf(column).entries())
    sums.set(key, (sums.get(key) ?? 0) + (weights ? weights[row]! : 1));
  const { type } = column;
  const classOf = (key: number): Class =>
    type === 'word' ? column.words.word(key) : type === 'boolean' ? key !== 0 : key;
  return new Map(Array.from(sums, ([key, sum]) => [classOf(key), sum]));
}

/** Classes in ascending order. */
const inOrder = (classes: Iterable<Class>): Class[] =>
  [...classes].sort((a, b) => (typeof a === 'string' ? (a < (b as string) ? -1 : 1) : Number(a) - Number(b)));

/** How many times the weight of a class may be that of another. */
const greatestRatio = 1e6;

/** A weight for each class. If they are balanced, the sum over all rows stays as it is. */
function weightsOfClasses(
  classes: readonly Class[],
  counts: ReadonlyMap<Class, number>,
  given: ObjectiveOptions['classWeights'] & {},
): number[] {
  if (given === 'balanced') {
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return classes.map((one) => (counts.has(one) ? all / (classes.length * counts.get(one)!) : 1));
  }
  const names = classes.map(String);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `classWeights: there is no class ${quoted(unknown)}; the classes are ${names.join(', ')}`,
    );
  const weights = names.map((name) => own(given, name) ?? 1);
  if (Math.max(...weights) > greatestRatio * Math.min(...weights))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `classWeights: one weight is more than 1,000,000 times another, so rows of the other class would teach nothing; weights of classes that are left out are 1`,
    );
  return weights;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless they are at least two different words, numbers or truth values. */
export function checkClasses(classes: unknown, task: Task): readonly Class[] | undefined {
  if (classes === undefined) return undefined;
  if (task === 'regression') throw errorWith('ERR_INVALID_ARGUMENT', 'classes are for task: "classification"');
  const list = checkArray('classes', classes, 'an array of classes', (one, i) => {
    if (!['string', 'number', 'boolean'].includes(typeof one))
      throw invalid(`classes[${i}]`, 'a string, a number or a boolean', one);
    return one as Class;
  });
  if (list.length < 2 || new Set(list).size < list.length)
    throw errorWith('ERR_INVALID_ARGUMENT', 'classes: at least two different classes are needed');
  return list;
}

/** The number that an output of the network stands for. */
export const numberOf = ({ mean, deviation, loss }: NumberTarget, z: number): number =>
  loss === 'poisson' ? mean * Math.exp(z) : z * deviation + mean;

/**
 * The targets of a network: standardised numbers, or indices of classes; NaN for missing values.
 *
 * @param placeOfUnseen What stands for a class that training has not seen. Default: it is refused.
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names the row of a value that is not a number, or of an unknown class.
 */
export function targetsOf(
  target: Target,
  column: Column,
  rowNumber: RowNumber = numberedFrom(1),
  placeOfUnseen?: (cell: Cell) => number,
): Float64Array {
  if (target.task === 'regression') {
    const { mean, deviation, loss } = target;
    const values = numbersOf(column, target.column, rowNumber, 'number', 'error');
    return loss === 'poisson'
      ? countsOf(target, values, rowNumber).map((value) => value / mean)
      : values.map((value) => (value - mean) / deviation);
  }
  const length = lengthOfColumn(column);
  const targets = newArray(Float64Array, length);
  const places = new Map<Cell, number>(target.classes.map((one, place) => [one, place]));
  for (let row = 0; row < length; ++row) {
    const cell = cellOf(column, row);
    const seen = cell === null ? Number.NaN : (places.get(cell) ?? placeOfText(target, String(cell)));
    const place = seen ?? placeOfUnseen?.(cell);
    if (place === undefined)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `row ${rowNumber(row)}, column ${quoted(target.column)}: no training row has the class ${quoted(String(cell))}`,
      );
    targets[row] = place;
  }
  return targets;
}

function countsOf({ column }: NumberTarget, values: Float64Array, rowNumber: RowNumber): Float64Array {
  const row = values.findIndex((value) => value < 0);
  if (row < 0) return values;
  throw errorWith(
    'ERR_OUT_OF_RANGE',
    `row ${rowNumber(row)}, column ${quoted(column)}: ${values[row]} is negative, but the target is a count`,
  );
}

/** The class that a text stands for. One file may have words where another has numbers or truth values. */
function placeOfText({ classes }: ClassTarget, text: string): number | undefined {
  const isSaid = (one: Class) =>
    typeof one === 'string' ? one === text : Number(one) === readText(typeof one as 'number' | 'boolean', text);
  const place = classes.findIndex(isSaid);
  return place < 0 ? undefined : place;
}

/** The index of the class for the outputs of a row from `at` on. A single output is the logit of the second class. */
export function bestOf(outputs: ArrayLike<number>, at: number, width: number): number {
  if (width === 1) return outputs[at]! > 0 ? 1 : 0;
  let best = 0;
  for (let j = 1; j < width; ++j) if (outputs[at + j]! > outputs[at + best]!) best = j;
  return best;
}

/**
 * The index of the class that is predicted for each row if classes have weights: that with the greatest weight times probability.
 * Undefined if it is the most probable one, and for numbers.
 */
export function choicesOf(target: Target, probabilities: Float64Array): Float64Array | undefined {
  if (target.task === 'regression' || !target.weights) return undefined;
  const width = target.classes.length;
  const weighted = probabilities.map((p, i) => p * target.weights![i % width]!);
  return Float64Array.from({ length: probabilities.length / width }, (_, row) => bestOf(weighted, row * width, width));
}

/** @throws GlissadeError `ERR_CORRUPT_FILE` unless it describes a target. */
export function checkTarget(json: unknown): Target {
  const target = json as Target;
  const isNumber =
    target?.task === 'regression' &&
    Number.isFinite(target.mean) &&
    Number.isFinite(target.deviation) &&
    target.deviation > 0 &&
    [undefined, 'absolute', 'huber', 'poisson'].includes(target.loss) &&
    (target.loss !== 'poisson' || target.mean > 0) &&
    (target.quantiles === undefined || (target.loss === undefined && areLevels(target.quantiles)));
  const isClass =
    target?.task === 'classification' &&
    isArray(target.classes) &&
    target.classes.length >= 2 &&
    (target.weights === undefined || areWeights(target.weights, target.classes.length)) &&
    [undefined, 'focal'].includes(target.loss);
  if (typeof target?.column !== 'string' || !(isNumber || isClass))
    throw errorWith('ERR_CORRUPT_FILE', 'the target of the model is damaged');
  return target;
}

const areLevels = (levels: unknown): boolean =>
  isArray(levels) &&
  levels.length > 0 &&
  levels.every((one, i) => (one as number) > (i === 0 ? 0 : (levels[i - 1] as number)) && (one as number) < 1);

const areWeights = (weights: unknown, count: number): boolean =>
  isArray(weights) && weights.length === count && weights.every((one) => Number.isFinite(one) && (one as number) > 0);
