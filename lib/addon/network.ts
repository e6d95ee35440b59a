import type { NativeCommunicator } from './communicator.js';
import type { NativeDataset } from './data.js';
import type { FloatArray } from './floats.js';

/** A loss as lib/losses makes it: its name and its options. */
export type NativeLoss = { readonly name: string } & { readonly [option: string]: unknown };

/** A metric as lib/metrics makes it: its name, its name in messages, and its options. */
export type NativeMetric = { readonly name: string; readonly as: string } & { readonly [option: string]: unknown };

/** Logits are read as slope·z + intercept. */
export interface NativeCalibration {
  readonly slope: number;
  readonly intercept: number;
}

/** A custom loss. It gets copies of a minibatch, and `gradient` to write to unless only the loss is wanted. */
export type NativeCustomLoss = (
  outputs: FloatArray,
  targets: FloatArray,
  rows: number,
  weights: Float64Array | undefined,
  gradient: FloatArray | undefined,
) => number;

export interface NativeTensor {
  name: string;
  shape: number[];
  offset: number;
  size: number;
  decays: boolean;
  trains: boolean;
  /** Whether a minibatch touches only some of its rows. */
  isSparse: boolean;
  /**
   * `'columns'`: each column belongs to one output of the layer (weights). Absent: nothing is known about the sides.
   */
  outputs?: 'columns';
}

/** An input block of a network. */
export type NativeInput = { name: string } & (
  | { kind: 'dense'; height: number; width: number; channels: number }
  | { kind: 'sparse'; columns: number }
  | { kind: 'categorical'; cardinalities: readonly number[] }
);

/** A layer with its options. `from` are the indices of its inputs: first the input blocks, then the nodes. */
export interface NativeNode {
  kind: string;
  name: string;
  from: readonly number[];
  [option: string]: unknown;
}

export interface NativeTally {
  loss: number;
  accuracy?: number;
  /** The results of each metric that was asked for. */
  metrics?: number[][];
}

export interface NativeNetwork {
  tensors(): NativeTensor[];
  parameterCount(): number;
  outputs(): number;
  /** [height, width, channels] of each node's outputs. */
  shapes(): [number, number, number][];
  /** Whether a run of the model is in progress. */
  isTraining(): boolean;
  /** @throws GlissadeError `ERR_BUSY` while a run of the model is in progress. */
  checkIdle(): void;
  bind(slab: FloatArray): void;
  /**
   * Fills `copy` with the parameters that a run has published after this step. Returns whether they are still the last
   * ones published.
   */
  copySnapshot(step: number, copy: FloatArray): boolean;
  /** Makes access to the slab thread-safe. Call it before another environment gets the slab. */
  share(): void;
  initialize(seed: number): void;
  /** Fills `copy` with the parameters; during a run, with those of its snapshot. */
  readParameters(copy: FloatArray): void;
  predict(rows: NativeDataset | ArrayBufferView, scale: number, outputs: FloatArray, precision: string): void;
  /** Fills `gradient` and, given a direction, the product of the Hessian with it. Returns the loss. */
  differentiate(
    data: NativeDataset,
    loss: object,
    training: boolean,
    seed: number,
    gradient?: FloatArray,
    direction?: FloatArray,
    product?: FloatArray,
  ): number;
  /**
   * Fills the mean gradient of single examples and its variance. Returns the mean loss and the sum of the variances.
   */
  gradientVariance(
    data: NativeDataset,
    loss: object,
    gradient: FloatArray,
    variance: FloatArray,
  ): { loss: number; total: number };
  evaluate(
    data: NativeDataset,
    loss: NativeLoss,
    accuracy: boolean,
    precision: string,
    metrics?: readonly NativeMetric[],
    calibration?: NativeCalibration,
    custom?: NativeCustomLoss,
    ranks?: NativeCommunicator,
    identity?: string,
  ): NativeTally;
}
