import { addon, type FloatArray, type FloatType, type NativeNetwork } from '../addon/index.js';
import { invalid } from '../checks/shown.js';
import { bufferOf, bytesOf, isFloatArray, isShared, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { typeOf } from '../numbers/memory.js';
import type { NetworkDescription } from './files.js';

/** A model for another thread of this process: plain data that `postMessage` takes, with the memory of the parameters. */
export interface SharedModel {
  readonly network: NetworkDescription;
  readonly parameters: FloatArray;
  /** Other data of the model, such as its calibration. */
  readonly extras: Readonly<Record<string, unknown>>;
}

/**
 * Checks that the parameters of a handle are in memory that a network can use.
 *
 * @throws TypeError, RangeError
 */
export function checkSlab(parameters: unknown, native: NativeNetwork, type: FloatType): FloatArray {
  if (!isFloatArray(parameters) || typeOf(parameters) !== type || !isShared(parameters))
    throw invalid('parameters', `${type} numbers in shared memory, as share() returns them`, parameters);
  const count = native.parameterCount();
  if (lengthOf(parameters) !== count)
    throw errorWith('ERR_SHAPE', `parameters has ${lengthOf(parameters)} elements, but the network has ${count}`);
  const { byteOffset, length, buffer } = bytesOf(parameters);
  if (addon.alignment(parameters) !== 0 || byteOffset + length + addon.readBeyond > buffer.byteLength)
    throw invalid('parameters', 'the memory that share() returns', bufferOf(parameters));
  return parameters;
}
