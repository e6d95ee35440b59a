import type { FloatArray, NativeInput, NativeNode } from '../addon/index.js';
import type { Layer } from '../layers/layer.js';

/** A network as the native side has it, with its tensors by name. */
export interface NetworkContents {
  /** The layers and inputs that it was made from. */
  readonly description: { readonly inputs: unknown; readonly layers: readonly Layer[] };
  readonly inputs: readonly NativeInput[];
  readonly nodes: readonly NativeNode[];
  readonly tensors: ReadonlyMap<string, { readonly data: FloatArray; readonly shape: readonly number[] }>;
  readonly outputs: number;
  /** [height, width, channels] of each node's outputs. */
  readonly shapes: readonly (readonly [number, number, number])[];
}

/** The function that turns the outputs z into probabilities at the end, applied to slope·z + intercept. */
export interface Probabilities {
  readonly by: 'softmax' | 'logistic';
  readonly slope: number;
  readonly intercept: number;
}
