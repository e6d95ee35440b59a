import { types } from 'node:util';
import { addon, type FloatType, type NativeDataset } from '../addon/index.js';
import { internal } from '../checks/internal.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { copyInto, isShared, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { type BlockDescription, blocksOf, type Inputs } from './blocks.js';
import { emptyError, targetTable, type Values } from './table.js';
import { checkWeights, type ExampleWeights } from './weights.js';

export interface DatasetOptions {
  /**
   * The examples: numbers row after row or as an array of rows, `sparse(…)` or `categories(…)`; or an object of several such blocks of
   * columns by their names, where `{ values, columns, scale, type }` is a block of numbers.
   */
  inputs: Inputs;
  /** What is to be predicted: a class number, or `targetColumns` numbers, for each row. Not needed to predict. */
  targets?: Values | undefined;
  /** How many numbers make a row of `inputs`. Needed unless `inputs` is an array of rows; only for inputs that are numbers. */
  columns?: number | undefined;
  /**
   * How much each example counts in losses, gradients and accuracy: a finite number ≥ 0 for each row, beside `targets`; not all of
   * them 0. Default: all count alike.
   */
  weights?: ExampleWeights | undefined;
  /** How many numbers make a row of `targets`. Default: as many as there are for each row of inputs. */
  targetColumns?: number | undefined;
  /**
   * What each input is multiplied by when it is used: 1/255 makes bytes numbers from 0 to 1. Default 1; only for inputs that are
   * numbers.
   */
  scale?: number | undefined;
  /**
   * How inputs are stored that are plain arrays or integers other than bytes. Default `'float32'`. Typed arrays of floats and
   * bytes, and `bfloat16(bits)`, are stored as they are, and targets always keep their value.
   */
  type?: FloatType | undefined;
}

export interface SplitOptions {
  /** How much is held out: a share below 1, or a number of rows. */
  validation: number;
  /** Seed of the rows that are held out. Default 0. */
  seed?: number | undefined;
  /** Whether both parts have the classes in the proportions of the whole, as nearly as possible. Default false. */
  stratified?: boolean | undefined;
}

/** The native side of a dataset. @internal */
export let nativeDataset: (data: Dataset) => NativeDataset;

/**
 * Examples in native memory. They are copied when the dataset is made, once, and never change; only numbers that lie in a
 * SharedArrayBuffer are used in place. Bytes and bfloat16 numbers stay what they are, and are converted as minibatches are gathered.
 * Denormal numbers (below 1.18e-38 in float32, 2.23e-308 in float64) count as zero where they are used.
 */
export class Dataset {
  /** The number of examples. */
  readonly rows: number;
  /** The number of inputs of an example, over all blocks. */
  readonly columns: number;
  /** What the inputs consist of. */
  readonly blocks: readonly BlockDescription[];
  /** The number of targets of an example; 0 without targets. */
  readonly targetColumns: number;

  readonly #native: NativeDataset;
  readonly #selection: Uint32Array | undefined;

  /**
   * @throws RangeError `ERR_SHAPE` where lengths do not fit each other or there are no rows; TypeError
   *   `ERR_INVALID_ARGUMENT` for other types; GlissadeError `ERR_NON_FINITE` for inputs that are not finite, counted, and the first by
   *   row and column (numbers in shared memory are not looked at, as they may change); `ERR_DETACHED` where a buffer has been
   *   transferred away.
   */
  constructor(options: DatasetOptions);
  /** @internal */
  constructor(key: typeof internal, native: NativeDataset, like: Dataset, selection: Uint32Array);
  constructor(
    options: DatasetOptions | typeof internal,
    native?: NativeDataset,
    like?: Dataset,
    selection?: Uint32Array,
  ) {
    if (options === internal) {
      this.#native = native!;
      this.#selection = selection;
      this.columns = like!.columns;
      this.blocks = like!.blocks;
      this.targetColumns = like!.targetColumns;
      this.rows = native!.rows();
      return;
    }
    checkOptions('Dataset', options, ['inputs', 'targets', 'weights', 'columns', 'targetColumns', 'scale', 'type']);
    const { columns, scale, type } = options;
    const blocks = blocksOf(options.inputs, { columns, scale, type });
    this.rows = blocks[0]!.rows;
    if (options.targets === undefined && options.targetColumns !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', 'Dataset: targetColumns is given, but no targets');
    const targets =
      options.targets === undefined ? undefined : targetTable(options.targets, options.targetColumns, this.rows);
    if (options.weights !== undefined && options.targets === undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', 'Dataset: weights are given, but no targets');
    const weights = options.weights === undefined ? undefined : checkWeights(options.weights, this.rows);
    this.blocks = Object.freeze(blocks.map(({ description }) => description));
    this.columns = this.blocks.reduce((sum, block) => sum + block.columns, 0);
    this.targetColumns = targets?.columns ?? 0;
    this.#native = new addon.Dataset({
      blocks: blocks.map(({ native }) => native),
      targets: targets?.values,
      targetColumns: this.targetColumns,
      targetsInPlace: targets !== undefined && isShared(targets.values),
      weights,
    });
  }

  /**
   * Two datasets over the same memory: the rows to train on, and those held out, drawn at random.
   *
   * @returns `[training, heldOut]`
   * @throws RangeError `ERR_OUT_OF_RANGE` where either would be empty; TypeError `ERR_INVALID_ARGUMENT` where `stratified` finds
   *   no classes.
   */
  split(options: SplitOptions): [Dataset, Dataset] {
    checkOptions('split', options, ['validation', 'seed', 'stratified']);
    const share = checkNumber('validation', options.validation, finite);
    const count = share > 0 && share < 1 ? Math.round(share * this.rows) : checkInteger('validation', share, 1);
    if (!(count >= 1 && count < this.rows))
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `validation: ${share} would hold out ${count} of ${this.rows} rows; both parts need at least one`,
      );
    const seed = checkInteger('seed', orDefault(options.seed, 0), 0);
    if (checkBoolean('stratified', orDefault(options.stratified, false))) {
      const heldOut = this.#native.holdOut(count, seed).sort();
      const isHeldOut = new Uint8Array(this.rows);
      for (const row of heldOut) isHeldOut[row] = 1;
      const rest = Uint32Array.from({ length: this.rows }, (_, row) => row).filter((row) => isHeldOut[row] === 0);
      return [this.select(rest), this.select(heldOut)];
    }
    const order = addon.permutation(this.rows, seed);
    return [this.select(order.subarray(count).sort()), this.select(order.subarray(0, count).sort())];
  }

  /** The rows listed, as a dataset over the same memory. */
  select(rows: Uint32Array | readonly number[]): Dataset {
    const list = types.isUint32Array(rows)
      ? copyOf(rows)
      : Uint32Array.from(
          checkArray('rows', rows, 'a Uint32Array or an array', (row, i) =>
            checkInteger(`rows[${i}]`, row, 0, this.rows - 1),
          ),
        );
    if (list.length === 0) throw emptyError('rows', rows);
    const beyond = list.findIndex((row) => row >= this.rows);
    if (beyond >= 0)
      throw errorWith('ERR_OUT_OF_RANGE', `rows[${beyond}] is ${list[beyond]}, but the dataset has ${this.rows} rows`);
    const numbers = this.#selection;
    const selection = numbers ? list.map((row) => numbers[row]!) : list.slice();
    return new Dataset(internal, this.#native.select(list), this, selection);
  }

  /** Which rows of the arrays that the data came from these are. */
  get rowNumbers(): Uint32Array {
    return this.#selection?.slice() ?? Uint32Array.from({ length: this.rows }, (_, row) => row);
  }

  /** Gives the memory back now, as soon as no run and no other dataset uses it. */
  dispose(): void {
    this.#native.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Whether a value is a dataset of this module. */
  static is(value: unknown): value is Dataset {
    return value !== null && typeof value === 'object' && #native in value;
  }

  static {
    nativeDataset = (data) => data.#native;
  }
}

/** A copy that nobody else can write to. */
function copyOf(rows: Uint32Array): Uint32Array {
  const copy = new Uint32Array(lengthOf(rows));
  if (copy.length > 0) copyInto(copy, rows);
  return copy;
}

/** @throws TypeError, RangeError where data does not suit the network. The native side checks blocks with names. */
export function checkDataset(name: string, data: unknown, inputs: number): Dataset {
  if (!Dataset.is(data)) throw invalid(name, 'a Dataset', data);
  if (data.columns !== inputs && data.blocks.length === 1 && data.blocks[0]!.name === 'inputs')
    throw errorWith('ERR_SHAPE', `${name} has ${data.columns} columns, but the network has ${inputs} inputs`);
  return data;
}
