import type { ReferenceLayer } from './layer';
import { type Shape, sizeOf } from './shape';

/** The numbers of an image, as they lie. */
export const flatten = (shape: Shape): ReferenceLayer => ({
  outputs: sizeOf(shape),
  tensors: [],
  forward: (x) => ({ outputs: x, backward: (upstream) => upstream }),
});
