import { types } from 'node:util';
import {
  addon,
  type FloatType,
  type NativeBuilderBlock,
  type NativeDataset,
  type NativeSparseTable,
} from '../addon/index.js';
import { internal } from '../checks/internal.js';
import { isPlainObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkAttached, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { type BlockDescription, rowsOfBlocks } from './blocks.js';
import { Categories, codesOf } from './categories.js';
import { Dataset } from './dataset.js';
import { nativeTable, Sparse } from './sparse.js';
import { mostColumns, tableOf, targetTable, type Values } from './table.js';
import { checkWeightSum, type ExampleWeights, sumWeights } from './weights.js';

/**
 * What an input block contains: a number of columns of numbers; columns of categories, as the number of categories of
 * each; or sparse columns.
 */
export type BuilderBlock =
  | number
  | {
      /** Numbers per row. */
      columns: number;
      /** Factor of each number when it is used. Default 1. */
      scale?: number | undefined;
    }
  | { categories: readonly number[] }
  | { sparse: number };

export interface DatasetBuilderOptions {
  /** The input block, or several by their names. */
  inputs: BuilderBlock | { readonly [name: string]: BuilderBlock };
  /** Numbers per row of targets. Default 0: the dataset has no targets. */
  targetColumns?: number | undefined;
  /** Whether rows have weights. Default false. */
  weights?: boolean | undefined;
  /**
   * Stored type of inputs in plain arrays or in integer arrays other than bytes. Default `'float32'`. Other numbers are
   * stored as they are; all chunks of a block must be stored alike.
   */
  type?: FloatType | undefined;
}

/** Rows of a block: numbers; categories, or their codes row after row in a Uint32Array; sparse rows. */
export type BuilderValues = Values | Categories | Sparse;

/** The rows of the input block, or of all blocks by their names. */
export type BuilderInputs = BuilderValues | { readonly [name: string]: BuilderValues };

/** Rows of a dataset. */
export interface BuilderRows {
  inputs: BuilderInputs;
  /** Required if the builder has `targetColumns`. */
  targets?: Values | undefined;
  /** Required if the builder has `weights`: finite numbers ≥ 0. */
  weights?: ExampleWeights | undefined;
}

/** A block, by its description. `place` is its name in messages. */
interface Described {
  description: BlockDescription;
  place: string;
  native: NativeBuilderBlock;
}

/**
 * Takes the rows that a builder has in memory once they fill this many bytes, or with `'all'` those that are left. The
 * builder no longer has them, but still counts them.
 *
 * @internal
 */
export let rowsForFile: (builder: DatasetBuilder, bytes: number | 'all') => NativeDataset | undefined;

/**
 * Collects the rows of a dataset chunk by chunk in native memory, so that data need not be in one array first. The
 * dataset is the same as one made at once: training gives the same bits.
 *
 * @example
 * const builder = new DatasetBuilder({ inputs: { numbers: 3, place: { categories: [50, 200] } }, targetColumns: 1 });
 * for await (const { numbers, codes, targets } of chunks)
 *   builder.append({ inputs: { numbers, place: codes }, targets }); // Float32Array, Uint32Array, Float32Array
 * const data = builder.build();
 */
export class DatasetBuilder {
  readonly #blocks: readonly Described[];
  readonly #isNamed: boolean;
  readonly #targetColumns: number;
  readonly #hasWeights: boolean;
  readonly #type: FloatType;
  readonly #native;
  #rows = 0;
  #rowsInMemory = 0;
  #weightSum = 0;

  /**
   * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` or `ERR_SHAPE` for options that don't
   *   describe a dataset.
   */
  constructor(options: DatasetBuilderOptions) {
    checkOptions('DatasetBuilder', options, ['inputs', 'targetColumns', 'weights', 'type']);
    const { inputs } = options;
    this.#isNamed = isPlainObject(inputs) && !['columns', 'categories', 'sparse'].some((key) => key in inputs);
    this.#blocks = this.#isNamed
      ? Object.entries(inputs).map(([name, block]) => described(name, `inputs.${name}`, block))
      : [described('inputs', 'inputs', inputs as BuilderBlock)];
    if (this.#blocks.length === 0) throw errorWith('ERR_SHAPE', 'inputs is empty: it has no blocks of columns');
    this.#targetColumns = checkInteger('targetColumns', orDefault(options.targetColumns, 0), 0, mostColumns);
    this.#hasWeights = checkBoolean('weights', orDefault(options.weights, false));
    if (this.#hasWeights && this.#targetColumns === 0)
      throw errorWith('ERR_INVALID_ARGUMENT', 'DatasetBuilder: weights need targets, but targetColumns is 0');
    this.#type = checkOneOf('type', orDefault(options.type, 'float32'), ['float32', 'float64']);
    this.#native = new addon.DatasetBuilder({
      blocks: this.#blocks.map(({ native }) => native),
      targetColumns: this.#targetColumns,
      hasWeights: this.#hasWeights,
    });
  }

  /** Number of rows since the last `build`. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Adds rows, which are copied. No row is added if it throws. Error messages count rows from the builder's first one.
   *
   * @throws The errors of the constructor of `Dataset`; TypeError `ERR_INVALID_ARGUMENT` for numbers that would be
   *   stored in another type than those before; RangeError `ERR_OUT_OF_RANGE` for a category that its column does not
   *   have, or more than 2³² − 1 rows.
   */
  append(given: BuilderRows): this {
    checkOptions('append', given, ['inputs', 'targets', 'weights']);
    const blocks = this.#valuesOf(given.inputs).map((values, i) => this.#rowsOf(this.#blocks[i]!, values));
    const rows = rowsOfBlocks(blocks);
    if (this.#rows + rows >= 2 ** 32)
      throw errorWith('ERR_OUT_OF_RANGE', 'append: the dataset would have more than 2^32 - 1 rows');
    const targets = this.#targetsOf(given.targets, rows);
    if (this.#hasWeights !== (given.weights !== undefined))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `append: weights are ${this.#hasWeights ? 'missing' : 'given, but the builder has none: give it weights: true'}`,
      );
    const weighted = this.#hasWeights ? sumWeights(given.weights, rows, this.#weightSum) : undefined;
    this.#native.append(
      { blocks: blocks.map(({ native }) => native), targets, weights: weighted?.weights },
      rows,
      this.#rows,
    );
    this.#rows += rows;
    this.#rowsInMemory += rows;
    if (weighted) this.#weightSum = weighted.sum;
    return this;
  }

  /**
   * Returns the dataset of the rows so far, and empties the builder.
   *
   * @throws RangeError `ERR_SHAPE` if there are none; `ERR_OUT_OF_RANGE` if the sum of the weights is 0 or infinite.
   */
  build(): Dataset {
    const native = this.#take('all')!;
    this.#rows = this.#weightSum = 0;
    const blocks = Object.freeze(this.#blocks.map(({ description }) => description));
    const columns = blocks.reduce((sum, block) => sum + block.columns, 0);
    return new Dataset(internal, native, { blocks, columns, targetColumns: this.#targetColumns });
  }

  #take(bytes: number | 'all'): NativeDataset | undefined {
    if (bytes === 'all') {
      if (this.#rows === 0) throw errorWith('ERR_SHAPE', 'there are no rows');
      if (this.#hasWeights) checkWeightSum(this.#weightSum, this.#rows);
    } else if (this.#native.bytes() < bytes) return undefined;
    if (this.#rowsInMemory === 0) return undefined;
    const native = this.#native.build();
    this.#rowsInMemory = 0;
    return native;
  }

  static {
    rowsForFile = (builder, bytes) => builder.#take(bytes);
  }

  /** The values of each block, in the blocks' order. */
  #valuesOf(inputs: BuilderInputs): unknown[] {
    if (!this.#isNamed) return [inputs];
    const names = this.#blocks.map(({ description }) => description.name);
    checkOptions('inputs', inputs, names);
    return names.map((name) => (inputs as { [name: string]: unknown })[name]);
  }

  #rowsOf(
    { description, place, native }: Described,
    values: unknown,
  ): { name: string; rows: number; native: ArrayBufferView | NativeSparseTable } {
    const { name, columns } = description;
    if (native.kind === 'sparse') {
      if (!Sparse.is(values)) throw invalid(place, 'sparse rows', values);
      if (values.columns !== columns)
        throw errorWith('ERR_SHAPE', `${place} has ${values.columns} sparse columns, but the builder has ${columns}`);
      return { name, rows: values.rows, native: nativeTable(values) };
    }
    if (native.kind === 'categorical') {
      const codes = codesIn(place, values, columns);
      return { name, rows: lengthOf(codes) / columns, native: codes };
    }
    if (Sparse.is(values) || Categories.is(values)) throw invalid(place, 'numbers', values);
    const table = tableOf(place, values as Values, columns, `the number of columns of ${place}`, this.#type);
    return { name, rows: table.length / columns, native: table.values };
  }

  #targetsOf(targets: Values | undefined, rows: number): ArrayBufferView | undefined {
    if (this.#targetColumns === 0) {
      if (targets === undefined) return undefined;
      throw errorWith('ERR_INVALID_ARGUMENT', 'append: targets are given, but the builder has no targetColumns');
    }
    if (targets === undefined) throw errorWith('ERR_INVALID_ARGUMENT', 'append: targets are missing');
    return targetTable(targets, this.#targetColumns, rows).values;
  }
}

function described(name: string, place: string, block: BuilderBlock): Described {
  if (!isPlainObject(block)) return denseBlock(name, place, place, block, 1);
  if ('sparse' in block) {
    checkOptions(place, block, ['sparse']);
    const columns = checkInteger(`${place}.sparse`, block.sparse, 1, mostColumns);
    return {
      description: Object.freeze({ name, kind: 'sparse', columns }),
      place,
      native: { kind: 'sparse', name: place, columns },
    };
  }
  if ('categories' in block) {
    checkOptions(place, block, ['categories']);
    const cardinalities = checkArray(`${place}.categories`, block.categories, 'an array of numbers', (count, j) =>
      checkInteger(`${place}.categories[${j}]`, count, 1, mostColumns),
    );
    const columns = cardinalities.length;
    if (columns === 0) throw errorWith('ERR_SHAPE', `${place}.categories is empty: the block has no columns`);
    return {
      description: Object.freeze({ name, kind: 'categorical', columns, cardinalities: Object.freeze(cardinalities) }),
      place,
      native: { kind: 'categorical', name: place, cardinalities: Uint32Array.from(cardinalities) },
    };
  }
  checkOptions(place, block, ['columns', 'scale']);
  const scale = checkNumber(`${place}.scale`, orDefault(block.scale, 1), finite);
  return denseBlock(name, place, `${place}.columns`, block.columns, scale);
}

function denseBlock(name: string, place: string, countName: string, count: unknown, scale: number): Described {
  const columns = checkInteger(countName, count, 1, mostColumns);
  return {
    description: Object.freeze({ name, kind: 'dense', columns }),
    place,
    native: { kind: 'dense', name: place, columns, scale },
  };
}

function codesIn(place: string, values: unknown, columns: number): Uint32Array {
  if (Categories.is(values)) {
    if (values.columns !== columns)
      throw errorWith(
        'ERR_SHAPE',
        `${place} has ${values.columns} columns of categories, but the builder has ${columns}`,
      );
    return codesOf(values);
  }
  if (!types.isUint32Array(values)) throw invalid(place, 'categories, or a Uint32Array of their codes', values);
  checkAttached(place, values);
  const count = lengthOf(values);
  if (count === 0 || count % columns !== 0)
    throw errorWith('ERR_SHAPE', `${place} has ${count} codes, which is not a multiple of ${columns} columns`);
  return values;
}
