import { flatten } from '../layers/flatten.js';
import type { Numbers, Operation, Result } from './operation.js';
import { sizeOf } from './places.js';
import { flat, isSingle, layered, numbers } from './placing.js';
import { dataTypes } from './schema.js';

/** Numbers as a row. An image becomes a row by flatten(), in the order of channels last. */
function asRow(op: Operation, x: Numbers): Numbers {
  if (x.layout === 'flat') return x;
  const { height, width, channels } = x.place.shape;
  if (isSingle(x.place.shape)) return numbers(x.place, 'flat');
  const at = layered(op, x.place, flatten(), {}, flat(sizeOf(x.place.shape)));
  if (x.layout === 'channelsLast') return numbers(at, 'flat');
  const order = Array.from({ length: op.sizeOf(x) }, (_, i) => {
    const [c, p] = [Math.floor(i / (height * width)), i % (height * width)];
    return p * channels + c;
  });
  return numbers(at, 'flat', order);
}

export function flattened(op: Operation): Result {
  const result = op.result(0);
  if (result.kind !== 'numbers')
    return result.kind === 'rows' ? result : op.fail('only the flattening of images is supported');
  op.expect('axis', op.int('axis', 1), 1);
  return asRow(op, op.numbers(0));
}

export function reshaped(op: Operation): Result {
  const result = op.result(0);
  const shape = op.constant(1).values;
  if (result.kind === 'constant') return { ...result, dims: sidesOf(op, Array.from(shape), result.values.length) };
  if (result.kind === 'rows') return result;
  const x = op.numbers(0);
  const size = sizeOf(x.place.shape);
  const [rows, columns] = [shape[0]!, shape[1]!];
  const isOpen = Number.isNaN(rows) || rows === 0 || rows === -1;
  if (shape.length === 2 && isOpen && (columns === size || (columns === -1 && rows !== -1))) return asRow(op, x);
  return op.fail(
    `its shape [${Array.from(shape, (side) => (Number.isNaN(side) ? 'batch' : side)).join(', ')}] is not a row for each example`,
  );
}

/** The sides of a constant of `size` numbers, one of which may be given as −1. */
function sidesOf(op: Operation, shape: readonly number[], size: number): number[] {
  const known = shape.reduce((product, side) => (side === -1 ? product : product * side), 1);
  const sides = shape.map((side) => (side === -1 ? size / known : side));
  if (sides.reduce((product, side) => product * side, 1) !== size || !sides.every(Number.isInteger))
    op.fail(`its shape [${shape.join(', ')}] is not for ${size} numbers`);
  return sides;
}

export function transposed(op: Operation): Numbers {
  const x = op.numbers(0);
  const perm = op.ints('perm', []).join();
  if (x.layout === 'channelsFirst' && perm === '0,2,3,1') return { ...x, layout: 'channelsLast' };
  if (x.layout === 'channelsLast' && perm === '0,3,1,2') return { ...x, layout: 'channelsFirst' };
  return op.fail(`perm [${perm}] does not move the channels of an image to the end, or to the front`);
}

/** Adds or removes sides of length 1: those of an image of one position. */
export function squeezed(op: Operation): Result {
  const result = op.result(0);
  if (result.kind !== 'numbers') return result;
  const x = op.numbers(0);
  const isRow = op.node.opType === 'Squeeze';
  if (isRow && x.layout === 'flat') return x; // rows of a table for a single column
  if (!isSingle(x.place.shape) || (x.layout === 'flat') === isRow)
    op.fail('only an image of one position as a row, or a row as such an image, is supported');
  const axes = Array.from(op.has(1) ? op.constant(1).values : op.ints('axes', [])); // an attribute before opset 13
  const isLast = !isRow && String(axes) === '1,2';
  return numbers(x.place, isRow ? 'flat' : isLast ? 'channelsLast' : 'channelsFirst');
}

/** Identity, and other operators that change nothing here. */
export function passed(op: Operation): Result {
  return op.result(0);
}

export function cast(op: Operation): Result {
  const result = op.result(0);
  const to = op.int('to', 0);
  const isFloat = to === dataTypes.float || to === dataTypes.double;
  if (result.kind === 'codes' && isFloat) return result.asNumbers;
  if (result.kind === 'numbers' && !isFloat)
    op.fail(`it converts to data type ${to}; only float and double are supported`);
  return result;
}

export function shapeOf(op: Operation): Result {
  const x = op.numbers(0);
  const { height, width, channels } = x.place.shape;
  const sides = { flat: [channels], channelsFirst: [channels, height, width], channelsLast: [height, width, channels] }[
    x.layout
  ];
  return { kind: 'constant', dims: [sides.length + 1], values: [Number.NaN, ...sides] };
}

export function constantNode(op: Operation): Result {
  const constant = op.tensor('value');
  if (constant !== undefined) return { kind: 'constant', ...constant };
  const list = op.node.attribute.find(({ name }) => name === 'value_ints' || name === 'value_floats');
  if (list)
    return { kind: 'constant', dims: [list.ints.length + list.floats.length], values: [...list.ints, ...list.floats] };
  const one = op.node.attribute.find(({ name }) => name === 'value_int' || name === 'value_float');
  if (one) return { kind: 'constant', dims: [], values: [one.i ?? one.f ?? 0] };
  return op.fail('its constant is of an unsupported kind');
}
