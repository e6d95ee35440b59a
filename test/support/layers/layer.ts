import type { Shape } from './shape';

export interface Tensor {
  name: string;
  shape: number[];
  /** False for running statistics, which have no gradient. */
  isTrained: boolean;
}

export type Key = readonly [number, number];

/** The mode of a pass through a network. In training each dropout layer has a key. */
export type Pass = { mode: 'evaluation' } | { mode: 'training'; key(path: string): Key };

export const evaluation: Pass = { mode: 'evaluation' };

/** The results of a layer for a minibatch. */
export interface Passed {
  outputs: Float64Array;
  /** Adds to the gradients of the tensors, and returns that of the inputs. */
  backward(upstream: Float64Array, gradients: Float64Array[]): Float64Array;
  /** Moves running statistics towards the minibatch's, in place. */
  observe?(): void;
}

/** A textbook layer: plain loops over doubles, a minibatch at a time, row-major. */
export interface ReferenceLayer {
  outputs: Shape;
  tensors: Tensor[];
  forward(inputs: Float64Array, tensors: Float64Array[], pass: Pass): Passed;
}

export const tensor = (name: string, ...shape: number[]): Tensor => ({ name, shape, isTrained: true });
export const statistic = (name: string, ...shape: number[]): Tensor => ({ name, shape, isTrained: false });
