import { errorWith } from '../errors.js';
import { indexOfNonFinite } from '../numbers/vectors.js';

/** A twice differentiable function at a point, over the coordinates that count. */
export interface Local {
  readonly dimension: number;
  readonly loss: number;
  readonly gradient: Float64Array;
  /** The product of the Hessian with a vector. */
  product(vector: Float64Array): Float64Array;
}

/**
 * Returns `numbers`.
 *
 * @throws GlissadeError `ERR_NON_FINITE` with `name`, if one is not finite.
 */
export function finiteNumbers<Numbers extends ArrayLike<number>>(name: string, numbers: Numbers): Numbers {
  const place = indexOfNonFinite(numbers);
  if (place < 0) return numbers;
  throw errorWith(
    'ERR_NON_FINITE',
    `curvature: ${name} is not finite at this point: element ${place} is ${numbers[place]}`,
  );
}
