import type { Layer } from '../layers/layer.js';
import type { Numbers, Operation } from './operation.js';
import type { Place, Shape } from './places.js';
import { place } from './places.js';
import type { Layout } from './values.js';

export type Tensors = Readonly<Record<string, ArrayLike<number>>>;

export const numbers = (at: Place, layout: Layout, order?: readonly number[]): Numbers => ({
  kind: 'numbers',
  place: at,
  layout,
  order,
});

export function layered(op: Operation, from: Place, layer: Layer, tensors: Tensors, shape: Shape): Place {
  return place(op.name, { kind: 'layer', layer, tensors }, [from], shape);
}

/** Numbers after a layer that keeps their shape and layout. */
export const followedBy = (op: Operation, x: Numbers, layer: Layer, tensors: Tensors = {}): Numbers => ({
  ...x,
  place: layered(op, x.place, layer, tensors, x.place.shape),
});

export const flat = (channels: number): Shape => ({ height: 1, width: 1, channels });

export const isSingle = ({ height, width }: Shape) => height * width === 1;

/** The decimal number that a float in the file stands for: 1e-5, not 9.999999747378752e-6. */
export const single = (value: number) => Number(value.toPrecision(7));
