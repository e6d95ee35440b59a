import type { Shape } from './shape';

export interface Tensor {
  name: string;
  shape: number[];
  /** Running statistics are not: they have no gradient. */
  isTrained: boolean;
}

export type Key = readonly [number, number];

/** How a minibatch goes through: in evaluation, or in training, where each dropout layer has a key. */
export type Pass = { mode: 'evaluation' } | { mode: 'training'; key(path: string): Key };

export const evaluation: Pass = { mode: 'evaluation' };

/** What a minibatch has made of a layer. */
export interface Passed {
  outputs: Float64Array;
  /** Adds to the gradients of the tensors, and returns that of the inputs. */
  backward(upstream: Float64Array, gradients: Float64Array[]): Float64Array;
  /** Moves running statistics towards the minibatch's, in place. */
  observe?(): void;
}

/** A layer as a textbook writes it: plain loops over plain doubles, a minibatch at a time, row after row. */
export interface ReferenceLayer {
  outputs: Shape;
  tensors: Tensor[];
  forward(inputs: Float64Array, tensors: Float64Array[], pass: Pass): Passed;
}

export const tensor = (name: string, ...shape: number[]): Tensor => ({ name, shape, isTrained: true });
export const statistic = (name: string, ...shape: number[]): Tensor => ({ name, shape, isTrained: false });
