import type { FloatType } from '../addon/index.js';
import { checkInteger } from '../checks/ranges.js';
import { sharedFloats } from './memory.js';

const arrayOf = (type: FloatType, length: number) => sharedFloats(type, checkInteger('length', length, 0));

/**
 * A Float32Array of `length` zeros, in shared memory owned by the library. Optimizers, datasets and predictions use it in
 * place; on WebAssembly, any other array is copied at each call.
 *
 * Views of it, such as those of `subarray`, are used in place too. Its buffer may contain other arrays, so that
 * `byteOffset` isn't always 0. On WebAssembly it is the module's whole memory, and a structured clone (`postMessage`)
 * does not keep an array's numbers from being overwritten: send a `slice()`.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` unless `length` is a number.
 * @throws RangeError `ERR_OUT_OF_RANGE` unless `length` is an integer ≥ 0, or if there is no memory.
 */
export const float32 = (length: number): Float32Array => arrayOf('float32', length) as Float32Array;

/**
 * The same as {@link float32} in double precision: a Float64Array of `length` zeros.
 *
 * @throws TypeError, RangeError as {@link float32}.
 */
export const float64 = (length: number): Float64Array => arrayOf('float64', length) as Float64Array;
