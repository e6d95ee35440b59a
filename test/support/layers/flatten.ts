import type { ReferenceLayer } from './layer';
import { type Shape, sizeOf } from './shape';

/** The numbers of an image in the order of memory. */
export const flatten = (shape: Shape): ReferenceLayer => ({
  outputs: sizeOf(shape),
  tensors: [],
  forward: (x) => ({ outputs: x, backward: (upstream) => upstream }),
});
