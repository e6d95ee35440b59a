import type { NativeInput } from '../addon/index.js';
import { isArray, isPlainObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { Dataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';

/** Images: each row is [height, width, channels], row-major. */
export interface ImageShape {
  height: number;
  width: number;
  /** Numbers per position. Default 1. */
  channels?: number | undefined;
}

/** Sparse columns, for a first layer `dense`. */
export interface SparseShape {
  /** Number of columns. */
  sparse: number;
}

/** Columns of categories, for a first layer `embedding`. */
export interface CategoriesShape {
  /** Number of categories of each column. */
  categories: readonly number[];
}

/** Shape of an input block: a number of columns, an image, sparse columns or categories. */
export type BlockShape = number | ImageShape | SparseShape | CategoriesShape;

/** A block with its name in datasets, as `toJSON` of a network writes it. */
export type NamedBlockShape = { name: string } & ({ columns: number } | ImageShape | SparseShape | CategoriesShape);

/**
 * Inputs of a network: one block; several blocks by their names in datasets, or as a list; or a dataset, for blocks
 * like its own. Its numbers are not taken as images.
 */
export type InputShape = BlockShape | { readonly [name: string]: BlockShape } | readonly NamedBlockShape[] | Dataset;

const most = 2 ** 31 - 1;
const imageKeys = ['height', 'width', 'channels'];

/**
 * The input blocks of a network.
 *
 * @throws TypeError, RangeError that name the block.
 */
export function inputsOf(given: InputShape): NativeInput[] {
  if (Dataset.is(given))
    return given.blocks.map(({ name, kind, columns, cardinalities }) =>
      blockOf(
        given.blocks.length === 1 && name === 'inputs' ? name : nameOf(name),
        { dense: columns, sparse: { sparse: columns }, categorical: { categories: cardinalities! } }[kind],
      ),
    );
  if (isArray(given)) return namedBlocksOf(given);
  if (!isPlainObject(given) || Object.keys(given).some((key) => ['sparse', 'categories', ...imageKeys].includes(key)))
    return [blockOf('inputs', given as BlockShape)];
  const blocks = Object.entries(given as { readonly [name: string]: BlockShape });
  if (blocks.length === 0) throw errorWith('ERR_SHAPE', 'inputs has no blocks');
  return blocks.map(([name, shape]) => blockOf(nameOf(name), shape));
}

/** Name of a dataset's block on the native side. */
const nameOf = (name: string) => `inputs.${name}`;

function namedBlocksOf(list: readonly unknown[]): NativeInput[] {
  const names = new Set<string>();
  const blocks = checkArray('inputs', list, 'an array of blocks with names', (block, i) => {
    if (!isPlainObject(block)) throw invalid(`inputs[${i}]`, 'a block with a name', block);
    const { name, ...shape } = block as NamedBlockShape;
    if (typeof name !== 'string' || name === '' || names.has(name))
      throw invalid(`inputs[${i}].name`, 'a name that no other block has', name);
    names.add(name);
    if (!('columns' in shape)) return blockOf(nameOf(name), shape as BlockShape);
    checkOptions(nameOf(name), shape, ['columns']);
    return blockOf(nameOf(name), shape.columns);
  });
  if (blocks.length === 0) throw errorWith('ERR_SHAPE', 'inputs has no blocks');
  return blocks;
}

/** The shape from which {@link inputsOf} makes the same blocks. */
export function shapeOf(inputs: readonly NativeInput[]): BlockShape | NamedBlockShape[] {
  const { name } = inputs[0]!;
  if (name === 'inputs') return blockShapeOf(inputs[0]!);
  return inputs.map((input) => {
    const shape = blockShapeOf(input);
    return {
      name: input.name.slice(nameOf('').length),
      ...(typeof shape === 'number' ? { columns: shape } : shape),
    };
  });
}

function blockShapeOf(input: NativeInput): BlockShape {
  if (input.kind === 'sparse') return { sparse: input.columns };
  if (input.kind === 'categorical') return { categories: [...input.cardinalities] };
  const { height, width, channels } = input;
  return height === 1 && width === 1 ? channels : { height, width, channels };
}

function blockOf(name: string, shape: BlockShape): NativeInput {
  if (!isPlainObject(shape))
    return { kind: 'dense', name, height: 1, width: 1, channels: checkInteger(name, shape, 1, most) };
  if ('sparse' in shape) {
    checkOptions(name, shape, ['sparse']);
    return { kind: 'sparse', name, columns: checkInteger(`${name}.sparse`, shape.sparse, 1, most) };
  }
  if ('categories' in shape) {
    checkOptions(name, shape, ['categories']);
    const cardinalities = checkArray(`${name}.categories`, shape.categories, 'an array', (count, i) =>
      checkInteger(`${name}.categories[${i}]`, count, 1, most),
    );
    if (cardinalities.length === 0)
      throw invalid(`${name}.categories`, 'the number of categories of each column', cardinalities);
    return { kind: 'categorical', name, cardinalities };
  }
  checkOptions(name, shape, imageKeys);
  const { height, width, channels } = shape as ImageShape;
  const image = {
    height: checkInteger(`${name}.height`, height, 1, most),
    width: checkInteger(`${name}.width`, width, 1, most),
    channels: checkInteger(`${name}.channels`, orDefault(channels, 1), 1, most),
  };
  if (image.height * image.width * image.channels > most)
    throw errorWith('ERR_OUT_OF_RANGE', `${name}: an image of ${height} x ${width} x ${image.channels} is too large`);
  return { kind: 'dense', name, ...image };
}

/** Number of columns of an input block in a dataset. */
export function widthOf(input: NativeInput): number {
  if (input.kind === 'sparse') return input.columns;
  return input.kind === 'categorical' ? input.cardinalities.length : input.height * input.width * input.channels;
}
