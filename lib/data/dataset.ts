import { types } from 'node:util';
import { addon, type FloatType, type NativeDataset } from '../addon/index.js';
import { internal } from '../checks/internal.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { copyInto, isShared, lengthOf } from '../checks/typed_arrays.js';
import { checkRanks, gatherValues, type Ranks } from '../distributed/ranks.js';
import { noteShared } from '../distributed/shared_errors.js';
import { allocated, errorWith, newArray } from '../errors.js';
import { checkPath } from '../formats/files.js';
import { type BlockDescription, blocksOf, type Inputs } from './blocks.js';
import { mapDatasetFile, writeDatasetFile } from './dataset_file.js';
import { emptyError, targetTable, type Values } from './table.js';
import { checkWeights, type ExampleWeights } from './weights.js';

export interface DatasetOptions {
  /**
   * The inputs: numbers row after row, an array of rows, `sparse(…)` or `categories(…)`; or an object of several such
   * blocks by their names, where `{ values, columns, scale, type }` is a block of numbers.
   */
  inputs: Inputs;
  /**
   * The targets: a class number, or `targetColumns` numbers, for each row. Without them, a dataset is only for
   * prediction.
   */
  targets?: Values | undefined;
  /** Numbers per row, for inputs that are numbers. Required unless `inputs` is an array of rows. */
  columns?: number | undefined;
  /**
   * Weight of each row in losses, gradients and accuracy: finite numbers ≥ 0, not all 0. Requires `targets`. Default:
   * all 1.
   */
  weights?: ExampleWeights | undefined;
  /** Numbers per row of `targets`. Default: the number of targets divided by the number of rows. */
  targetColumns?: number | undefined;
  /**
   * Factor of each input when it is used, for inputs that are numbers: 1/255 makes bytes numbers from 0 to 1. Default
   * 1.
   */
  scale?: number | undefined;
  /**
   * Stored type of inputs in plain arrays or in integer arrays other than bytes. Default `'float32'`. Float32Arrays,
   * Float64Arrays, bytes and `bfloat16(bits)` are stored as they are, and targets always keep their values.
   */
  type?: FloatType | undefined;
}

export interface SplitOptions {
  /** Rows of the validation set: a fraction below 1, or a number of rows. */
  validation: number;
  /** Seed of the choice of rows. Default 0. */
  seed?: number | undefined;
  /** Whether both datasets have the classes in the proportions of the whole, as nearly as possible. Default false. */
  stratified?: boolean | undefined;
}

/** What a dataset reads of the native memory that it is over. */
type DatasetShape = Pick<Dataset, 'columns' | 'blocks' | 'targetColumns'>;

/** The native side of a dataset. @internal */
export let nativeDataset: (data: Dataset) => NativeDataset;

/** The rows of all shards, if a dataset is one of them. @internal */
export let shardSizes: (data: Dataset) => readonly number[] | undefined;

/** The number of rows of all shards together, or of a dataset that is not a shard. */
export const rowsOfAll = (data: Dataset): number => shardSizes(data)?.reduce((sum, size) => sum + size, 0) ?? data.rows;

/**
 * Examples in native memory. They are copied once, when the dataset is made, and never change. Only numbers in a
 * SharedArrayBuffer are used in place. Bytes and bfloat16 numbers are stored as they are and converted when a minibatch
 * is gathered. Denormal numbers (below 1.18e-38 in float32, 2.23e-308 in float64) count as zero.
 */
export class Dataset {
  /** Number of examples. */
  readonly rows: number;
  /** Number of input columns, over all blocks. */
  readonly columns: number;
  /** The input blocks. */
  readonly blocks: readonly BlockDescription[];
  /** Number of targets per example; 0 without targets. */
  readonly targetColumns: number;

  readonly #native: NativeDataset;
  readonly #selection: Uint32Array | undefined;
  readonly #shardSizes: readonly number[] | undefined;

  /**
   * @throws RangeError `ERR_SHAPE` if lengths don't fit each other or there are no rows; TypeError
   *   `ERR_INVALID_ARGUMENT` for other types; GlissadeError `ERR_NON_FINITE` for inputs that are not finite, with their
   *   number, and row and column of the first (numbers in shared memory are not checked, because they may change);
   *   `ERR_DETACHED` for a detached buffer.
   */
  constructor(options: DatasetOptions);
  /** @internal */
  constructor(
    key: typeof internal,
    native: NativeDataset,
    like: DatasetShape,
    selection?: Uint32Array,
    shardSizes?: readonly number[],
  );
  constructor(
    options: DatasetOptions | typeof internal,
    native?: NativeDataset,
    like?: DatasetShape,
    selection?: Uint32Array,
    sizes?: readonly number[],
  ) {
    if (options === internal) {
      this.#native = native!;
      this.#selection = selection;
      this.#shardSizes = sizes;
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
   * Splits the rows at random into two datasets over the same memory.
   *
   * @returns `[training, validation]`
   * @throws RangeError `ERR_OUT_OF_RANGE` if either would be empty; TypeError `ERR_INVALID_ARGUMENT` if `stratified`
   *   finds no classes.
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
      const isHeldOut = newArray(Uint8Array, this.rows);
      for (const row of heldOut) isHeldOut[row] = 1;
      const rest = Uint32Array.from({ length: this.rows }, (_, row) => row).filter((row) => isHeldOut[row] === 0);
      return [this.select(rest), this.select(heldOut)];
    }
    const order = addon.permutation(this.rows, seed);
    return [this.select(order.subarray(count).sort()), this.select(order.subarray(0, count).sort())];
  }

  /**
   * A dataset of the given rows in the given order, over the same memory. A row may occur more than once.
   *
   * @throws RangeError `ERR_SHAPE` for no rows, `ERR_OUT_OF_RANGE` for a row that does not exist.
   */
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
    const selection = allocated(4 * list.length, () => (numbers ? list.map((row) => numbers[row]!) : list.slice()));
    return new Dataset(internal, this.#native.select(list), this, selection);
  }

  /**
   * This dataset as one rank's part of the data. Training, validation and evaluation with `ranks` are then over the
   * rows of all ranks. Ranks may have different numbers of rows; each contributes to a minibatch in proportion. Rows
   * are shuffled, drawn and stratified within each shard.
   *
   * @param ranks The result of `distributed()`. Each rank calls this on its own rows, with the same columns.
   * @returns A dataset over the same memory, for methods with these ranks.
   * @throws (as a rejection) TypeError if it is already a shard; GlissadeError `ERR_RANKS_DIFFER` if ranks have
   *   different columns; `ERR_MPI` as `gather` of the ranks.
   */
  async shard(ranks: Ranks): Promise<Dataset> {
    if (checkRanks(ranks) === undefined) throw invalid('ranks', 'what distributed() gives', ranks);
    if (this.#shardSizes) throw errorWith('ERR_INVALID_ARGUMENT', 'shard: the dataset is already a shard');
    const isWeighted = this.#native.describe().some(({ name }) => name === 'weights');
    const shape = JSON.stringify({ blocks: this.blocks, targetColumns: this.targetColumns, isWeighted });
    const all = await gatherValues(ranks, { rows: this.rows, shape }, 'shard');
    const other = all.findIndex((each) => each.shape !== all[0]!.shape);
    if (other >= 0)
      throw noteShared(
        errorWith(
          'ERR_RANKS_DIFFER',
          `shard: rank ${other} has other columns than rank 0: ${all[other]!.shape} instead of ${all[0]!.shape}`,
        ),
      );
    const sizes = all.map(({ rows }) => rows);
    return new Dataset(internal, this.#native.shard(sizes, ranks.rank), this, this.#selection, sizes);
  }

  /** For each row, its index in the arrays that the data came from. */
  get rowNumbers(): Uint32Array {
    return allocated(
      4 * this.rows,
      () => this.#selection?.slice() ?? Uint32Array.from({ length: this.rows }, (_, row) => row),
    );
  }

  /**
   * Writes the rows of this dataset to a file, which {@link open} maps. The file is written beside the old one, synced
   * and renamed.
   *
   * @throws GlissadeError `ERR_FILE` if it can't be written, which changes nothing at `path`; `ERR_DISPOSED`; TypeError
   *   `ERR_INVALID_ARGUMENT`.
   */
  async spill(path: string | URL): Promise<void> {
    const target = checkPath('path', path);
    this.#native.rows(); // throws if it is disposed
    await writeDatasetFile(target, [this.#native]);
  }

  /**
   * A dataset over a file that {@link spill} or `DatasetWriter` has written. Its rows are read from the file when they
   * are used; the system can take their memory back. The file is first read once and checked: its checksums, and that
   * categories and sparse columns belong to their blocks. Don't change the file while the dataset is in use. Replacing
   * or removing it is safe, but changed bytes change the rows unchecked, and cutting the file off ends the process.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE` for a file that is damaged or cut off, or not of a dataset; `ERR_FILE`;
   *   TypeError `ERR_INVALID_ARGUMENT`.
   */
  static async open(path: string | URL): Promise<Dataset> {
    const { native, shape } = await mapDatasetFile(checkPath('path', path));
    return new Dataset(internal, native, shape);
  }

  /** Frees the memory as soon as no run and no other dataset uses it. The dataset can't be used afterwards. */
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
    shardSizes = (data) => data.#shardSizes;
  }
}

/** A copy in memory that only this package has. */
function copyOf(rows: Uint32Array): Uint32Array {
  const copy = newArray(Uint32Array, lengthOf(rows));
  if (copy.length > 0) copyInto(copy, rows);
  return copy;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for a shard without `ranks`. */
export function checkShard(data: Dataset, ranks: Ranks | undefined): Dataset {
  if (ranks || !shardSizes(data)) return data;
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    "the data are a rank's shard: also give the option ranks, or give the dataset that the shard was made from",
  );
}

/**
 * Checks that data fits a network. The native side checks blocks with names.
 *
 * @throws TypeError, RangeError if it does not.
 */
export function checkDataset(name: string, data: unknown, inputs: number): Dataset {
  if (!Dataset.is(data)) throw invalid(name, 'a Dataset', data);
  if (data.columns !== inputs && data.blocks.length === 1 && data.blocks[0]!.name === 'inputs')
    throw errorWith('ERR_SHAPE', `${name} has ${data.columns} columns, but the network has ${inputs} inputs`);
  return data;
}
