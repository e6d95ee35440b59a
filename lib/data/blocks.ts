import type { FloatType, NativeBlock } from '../addon/index.js';
import { isPlainObject } from '../checks/kinds.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { invalid, shown } from '../checks/shown.js';
import { isShared } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { isBfloat16 } from '../numbers/bfloat16.js';
import { Categories, codesOf } from './categories.js';
import { nativeTable, Sparse } from './sparse.js';
import { isStored, tableOf, type Values } from './table.js';

/** An input block of numbers. */
export interface DenseBlock {
  /** The rows: numbers row after row, or an array of rows. */
  values: Values;
  /** Numbers per row. Required unless `values` is an array of rows. */
  columns?: number | undefined;
  /** Factor of each number when it is used. Default 1. */
  scale?: number | undefined;
  /** Stored type of the numbers, like `type` of a dataset. */
  type?: FloatType | undefined;
}

/** An input block. Numbers may come alone if they are an array of rows. */
export type BlockInputs = Values | DenseBlock | Categories | Sparse;

/** The inputs of a dataset: one input block, or several by their names. */
export type Inputs = Values | Categories | Sparse | { readonly [name: string]: BlockInputs };

/** Description of an input block. */
export interface BlockDescription {
  /** The name; `'inputs'` for a single block without a name. */
  readonly name: string;
  readonly kind: 'dense' | 'categorical' | 'sparse';
  readonly columns: number;
  /** Number of categories of each column of a categorical block. */
  readonly cardinalities?: readonly number[];
}

/** Whether inputs are a block of categories or sparse columns. */
export const isBlock = (inputs: Inputs): inputs is Categories | Sparse => Sparse.is(inputs) || Categories.is(inputs);

interface Block {
  description: BlockDescription;
  rows: number;
  native: NativeBlock;
}

type Stated = Omit<DenseBlock, 'values'>;

const statements = ['columns', 'scale', 'type'] as const;

/**
 * The input blocks of a dataset, ready for the native side. `stated` has the options of a single block of numbers.
 *
 * @throws The errors of the constructor of `Dataset`.
 */
export function blocksOf(inputs: Inputs, stated: Stated): Block[] {
  if (!isPlainObject(inputs) || isBfloat16(inputs)) return [blockOf('inputs', 'inputs', inputs, stated)];
  for (const name of statements)
    if (stated[name] !== undefined)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `Dataset: ${name} is for inputs that are one block of numbers; here it belongs to the block`,
      );
  const blocks = Object.entries(inputs).map(([name, given]) => {
    const place = `inputs.${name}`;
    if (!isPlainObject(given) || isBfloat16(given)) return blockOf(name, place, given, {});
    checkOptions(place, given as DenseBlock, ['values', ...statements]);
    const { values, ...rest } = given as DenseBlock;
    if (
      values === undefined ||
      (isPlainObject(values) && !isBfloat16(values)) ||
      Sparse.is(values) ||
      Categories.is(values)
    )
      throw invalid(`${place}.values`, 'a typed array of numbers or an array', values);
    return blockOf(name, place, values, rest);
  });
  if (blocks.length === 0) throw errorWith('ERR_SHAPE', 'inputs is empty: it has no blocks of columns');
  rowsOfBlocks(blocks.map(({ description, rows }) => ({ name: description.name, rows })));
  return blocks;
}

/**
 * The number of rows that all blocks have.
 *
 * @throws RangeError `ERR_SHAPE` if they have different numbers.
 */
export function rowsOfBlocks(blocks: readonly { name: string; rows: number }[]): number {
  const first = blocks[0]!;
  for (const { name, rows } of blocks)
    if (rows !== first.rows)
      throw errorWith('ERR_SHAPE', `inputs.${name} has ${rows} rows, but inputs.${first.name} has ${first.rows}`);
  return first.rows;
}

function blockOf(name: string, place: string, given: Values | Categories | Sparse, stated: Stated): Block {
  if (Sparse.is(given)) {
    refuse(place, stated, 'sparse columns');
    const { rows, columns } = given;
    return {
      description: Object.freeze({ name, kind: 'sparse', columns }),
      rows,
      native: { kind: 'sparse', name: place, table: nativeTable(given) },
    };
  }
  if (Categories.is(given)) {
    refuse(place, stated, 'categories');
    const { rows, columns, cardinalities } = given;
    return {
      description: Object.freeze({ name, kind: 'categorical', columns, cardinalities }),
      rows,
      native: {
        kind: 'categorical',
        name: place,
        codes: codesOf(given),
        cardinalities: Uint32Array.from(cardinalities),
      },
    };
  }
  return denseBlock(name, place, given, stated);
}

function refuse(place: string, stated: Stated, kind: string): void {
  for (const name of statements)
    if (stated[name] !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', `Dataset: ${name} is for numbers, but ${place} has ${kind}`);
}

function denseBlock(name: string, place: string, given: Values, stated: Stated): Block {
  const prefix = place === 'inputs' ? '' : `${place}.`;
  const type = checkOneOf(`${prefix}type`, orDefault(stated.type, 'float32'), ['float32', 'float64']);
  if (stated.type !== undefined && (isStored(given) || isBfloat16(given)))
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `Dataset: type is for plain arrays; ${isBfloat16(given) ? 'bfloat16(bits)' : shown(given)} is stored as it is`,
    );
  const scale = checkNumber(`${prefix}scale`, orDefault(stated.scale, 1), finite);
  const { values, columns, length } = tableOf(place, given, stated.columns, `${prefix}columns`, type);
  return {
    description: Object.freeze({ name, kind: 'dense', columns }),
    rows: length / columns,
    native: { kind: 'dense', name: place, values, columns, scale, inPlace: isShared(values) },
  };
}
