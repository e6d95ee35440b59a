import type { NativeInput, NativeNode } from '../addon/index.js';
import { errorWith } from '../errors.js';

/** The places of a row's numbers in PyTorch's row. */
export interface Order {
  /** Equal for equal orders. */
  readonly key: string;
  of(i: number): number;
}

type Shape = readonly [height: number, width: number, channels: number];

/**
 * The orders of the rows that nodes output; undefined where PyTorch has the same. A flattened image is [height, width,
 * channels] here, and [channels, height, width] there. What follows a `flatten` keeps that order up to a layer that
 * mixes all numbers.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a layer that adds rows of different orders.
 */
export function ordersOf(
  inputs: readonly NativeInput[],
  nodes: readonly NativeNode[],
  shapes: readonly Shape[],
): (Order | undefined)[] {
  const orders: (Order | undefined)[] = [];
  const orderAt = (place: number) => (place < inputs.length ? undefined : orders[place - inputs.length]);
  const shapeAt = (place: number): Shape => {
    if (place >= inputs.length) return shapes[place - inputs.length]!;
    const input = inputs[place]!;
    return input.kind === 'dense' ? [input.height, input.width, input.channels] : [1, 1, 0];
  };
  for (const node of nodes) {
    const source = node.from[0]!;
    if (node.kind === 'flatten') orders.push(ofImage(shapeAt(source)) ?? orderAt(source));
    else if (node.join === 'concatenate')
      orders.push(sideBySide(node.from.map((from) => ({ order: orderAt(from), size: shapeAt(from)[2] }))));
    else {
      const [first, ...others] = node.from.map(orderAt);
      if (others.some((order) => order?.key !== first?.key))
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `${node.name} joins a flattened image with other numbers, which PyTorch orders differently; bring the tensors into the layout of model.tensors and give layout: 'glissade'`,
        );
      orders.push(keeping.has(node.kind) && node.join !== 'dot' && node.join !== 'cosine' ? first : undefined);
    }
  }
  return orders;
}

/** Layers whose outputs depend on the inputs at the same place. */
const keeping = new Set(['dropout', 'batchNorm', 'layerNorm', 'softmax', 'residual', 'parallel']);

function ofImage([height, width, channels]: Shape): Order | undefined {
  const positions = height * width;
  if (positions === 1 || channels === 1) return undefined;
  return {
    key: `${positions}×${channels}`,
    of: (i) => (i % channels) * positions + Math.floor(i / channels),
  };
}

function sideBySide(parts: readonly { order: Order | undefined; size: number }[]): Order | undefined {
  if (parts.every(({ order }) => order === undefined)) return undefined;
  const key = parts.map(({ order, size }) => order?.key ?? size).join(', ');
  const of = (i: number) => {
    let begin = 0;
    for (const { order, size } of parts) {
      if (i < begin + size) return begin + (order ? order.of(i - begin) : i - begin);
      begin += size;
    }
    return i;
  };
  return { key, of };
}
