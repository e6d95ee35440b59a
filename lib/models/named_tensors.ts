import type { FloatArray, NativeTensor } from '../addon/index.js';
import type { NamedTensor } from './options.js';

/** Live views of a network's parameters by name. */
export const viewsOf = (tensors: readonly NativeTensor[], parameters: FloatArray): ReadonlyMap<string, NamedTensor> =>
  new Map(
    tensors.map(({ name, shape, offset, size }) => [
      name,
      Object.freeze({ data: parameters.subarray(offset, offset + size), shape: Object.freeze(shape) }),
    ]),
  );
