import { conv2d } from '../layers/conv2d.js';
import { averagePool, globalPool, maxPool } from '../layers/pool.js';
import { outputsLast } from './convolution_weights.js';
import type { Numbers, Operation } from './operation.js';
import { place, type Shape } from './places.js';
import { flat, layered, numbers } from './placing.js';
import { isChannelAxis } from './values.js';

/** An image with channels first, or a row as an image of a single position. */
function asImage(op: Operation, i: number): Numbers {
  const x = op.numbers(i);
  if (x.layout !== 'channelsFirst') op.fail('its input is not an image with channels first');
  return x;
}

export function conv(op: Operation): Numbers {
  const x = asImage(op, 0);
  const w = op.constant(1);
  const b = op.has(2) ? op.constant(2) : undefined;
  if (w.dims.length !== 4)
    op.fail(`its weights have ${w.dims.length} sides; only convolutions in two dimensions are supported`);
  const [outputs, channels, rows, columns] = w.dims as [number, number, number, number];
  op.expect('group', op.int('group', 1), 1);
  if (channels !== x.place.shape.channels)
    op.fail(`its weights are for ${channels} channels, but it gets ${x.place.shape.channels}`);
  const { stride, padding, shape } = windows(op, x.place.shape, [rows, columns], 'maySame');
  const weight = outputsLast(w.values, [rows, columns, channels, outputs]);
  if (b && b.values.length !== outputs) op.fail(`its bias has ${b.values.length} numbers for ${outputs} channels`);
  const layer = conv2d(outputs, { kernel: [rows, columns], stride, padding, bias: b !== undefined });
  const tensors = { weight, ...(b && { bias: b.values }) };
  return numbers(layered(op, x.place, layer, tensors, { ...shape, channels: outputs }), 'channelsFirst');
}

function windows(op: Operation, image: Shape, kernel: readonly [number, number], same: 'maySame' | 'notSame') {
  for (const dilation of op.ints('dilations', [1, 1])) op.expect('dilations', dilation, 1);
  op.expect('ceil_mode', op.int('ceil_mode', 0), 0);
  const pair = (name: string, values: readonly number[]): [number, number] => {
    if (values.length !== 2 || values.some((value) => !(value > 0)))
      op.fail(`${name} is [${values.join(', ')}]; expected two positive numbers`);
    return [values[0]!, values[1]!];
  };
  const [rows, columns] = pair('kernel_shape', kernel);
  const stride = pair('strides', op.ints('strides', [1, 1]));
  const automatic = op.text('auto_pad', 'NOTSET');
  const given = automatic === 'NOTSET' ? op.ints('pads', [0, 0, 0, 0]) : [0, 0, 0, 0];
  const sides = [image.height, image.width];
  const asSame = [0, 1].map((i) => {
    const missing = Math.max(0, (Math.ceil(sides[i]! / stride[i]!) - 1) * stride[i]! + [rows, columns][i]! - sides[i]!);
    return [Math.floor(missing / 2), Math.ceil(missing / 2)] as const;
  });
  const isSymmetric = given[0] === given[2] && given[1] === given[3];
  const isSame =
    automatic === 'SAME_UPPER' ||
    (!isSymmetric && [0, 1].every((i) => given[i] === asSame[i]![0] && given[i + 2] === asSame[i]![1]));
  if (
    !['NOTSET', 'VALID', 'SAME_UPPER'].includes(automatic) ||
    given.length !== 4 ||
    (!isSymmetric && !isSame) ||
    (isSame && same !== 'maySame' && asSame.some(([before, after]) => before !== after))
  )
    op.fail(
      `its padding (${automatic === 'NOTSET' ? `pads [${given.join(', ')}]` : `auto_pad ${automatic}`}) is another above than below, or left than right`,
    );
  const sums = isSame ? asSame.map(([before, after]) => before + after) : [2 * given[0]!, 2 * given[1]!];
  const size = (i: 0 | 1) => Math.floor((sides[i]! + sums[i]! - [rows, columns][i]!) / stride[i]!) + 1;
  const shape = { height: size(0), width: size(1), channels: image.channels };
  if (!(shape.height >= 1 && shape.width >= 1)) op.fail('its window is larger than the image');
  const both: [number, number] = isSame && same !== 'maySame' ? [asSame[0]![0], asSame[1]![0]] : [given[0]!, given[1]!];
  return {
    kernel: [rows, columns] as [number, number],
    stride,
    padding: isSame && same === 'maySame' ? ('same' as const) : both,
    shape,
  };
}

export function pool(op: Operation): Numbers {
  const x = asImage(op, 0);
  const { kernel, stride, padding, shape } = windows(
    op,
    x.place.shape,
    op.ints('kernel_shape', []) as [number, number],
    'notSame',
  );
  const isAverage = op.node.opType === 'AveragePool';
  const sides = padding as [number, number];
  if (isAverage && sides.some((side) => side > 0)) op.expect('count_include_pad', op.int('count_include_pad', 0), 0);
  if (sides.some((side, i) => 2 * side > kernel[i]!)) op.fail('its padding is more than half of its window');
  const layer = (isAverage ? averagePool : maxPool)({ size: kernel, stride, padding: sides });
  return numbers(layered(op, x.place, layer, {}, shape), 'channelsFirst');
}

export function globalPooled(op: Operation, pooling: 'average' | 'max'): Numbers {
  const x = asImage(op, 0);
  return numbers(layered(op, x.place, globalPool({ pooling }), {}, flat(x.place.shape.channels)), 'channelsFirst');
}

export function reduceMean(op: Operation): Numbers {
  const axes = Array.from(op.has(1) ? op.constant(1).values : op.ints('axes', []), (axis) =>
    axis < 0 ? axis + 4 : axis,
  );
  const x = op.numbers(0);
  const isLast = x.layout === 'channelsLast';
  const sides = isLast ? [1, 2] : [2, 3];
  if (axes.length !== 2 || !sides.every((side) => axes.includes(side)))
    op.fail(`its axes are [${axes.join(', ')}]; expected both sides of an image`);
  const pooled = isLast
    ? numbers(layered(op, x.place, globalPool(), {}, flat(x.place.shape.channels)), 'channelsLast')
    : globalPooled(op, 'average');
  return op.int('keepdims', 1) === 0 ? numbers(pooled.place, 'flat') : pooled;
}

/** The dot product of two vectors of channels: the only sum of computed numbers that is supported. */
export function reduceSum(op: Operation): Numbers {
  const product = op.producer(0);
  if (product?.node.opType !== 'Mul' || product.isConstant(0) || product.isConstant(1))
    return op.fail(
      'it adds up computed numbers; only a dot product is supported, whose factors are multiplied just before',
    );
  const [a, b] = [product.numbers(0), product.numbers(1)];
  const axes = Array.from(op.has(1) ? op.constant(1).values : op.ints('axes', []));
  const isOfChannels = axes.length === 1 && isChannelAxis(axes[0]!, a.layout);
  const isRow = a.layout === 'flat' && a.order === undefined && b.order === undefined;
  if (!isOfChannels || (op.int('keepdims', 1) === 0 && !isRow))
    op.fail(`its axes [${axes.join(', ')}] are not the channels`);
  if (
    a.layout !== b.layout ||
    String(a.order) !== String(b.order) ||
    JSON.stringify(a.place.shape) !== JSON.stringify(b.place.shape)
  )
    op.fail('the factors are of several shapes');
  const { height, width } = a.place.shape;
  const work = { kind: 'join', join: 'dot' } as const;
  return numbers(place(op.name, work, [a.place, b.place], { height, width, channels: 1 }), a.layout);
}
