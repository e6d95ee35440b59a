import { isObject } from '../../checks/kinds.js';
import type { Inputs } from '../../data/blocks.js';

/** The inputs and targets of a step. */
export interface Minibatch {
  readonly inputs: Inputs;
  readonly targets: Float64Array;
  /** The weights of the rows, if they differ. */
  readonly weights?: Float64Array;
}

/** The memory of a minibatch. */
export const bytesOf = ({ inputs, targets, weights }: Minibatch): number =>
  bytesIn(inputs) + targets.byteLength + (weights?.byteLength ?? 0);

/** The bytes of an array of numbers, or of all arrays in an object. */
function bytesIn(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (Array.isArray(value) && typeof value[0] === 'number') return 8 * value.length;
  return isObject(value) ? Object.values(value).reduce((sum: number, part) => sum + bytesIn(part), 0) : 0;
}
