import type { ActivationName } from '../activations';

/** A number, or one for the height and one for the width. */
export type Extent = number | readonly [height: number, width: number];

export interface DenseDescription {
  readonly kind: 'dense';
  readonly outputs: number;
  readonly activation: ActivationName;
  readonly bias: boolean;
}

export interface Conv2dDescription {
  readonly kind: 'conv2d';
  readonly channels: number;
  readonly kernel: Extent;
  readonly stride: Extent;
  readonly padding: Extent | 'same';
  readonly activation: ActivationName;
  readonly bias: boolean;
}

export interface PoolDescription {
  readonly kind: 'maxPool' | 'averagePool';
  readonly size: Extent;
  readonly stride: Extent;
  readonly padding: Extent;
}

export interface GlobalPoolDescription {
  readonly kind: 'globalPool';
  readonly pooling: 'average' | 'max';
}

export interface FlattenDescription {
  readonly kind: 'flatten';
}

export interface DropoutDescription {
  readonly kind: 'dropout';
  readonly rate: number;
}

export interface LayerNormDescription {
  readonly kind: 'layerNorm';
  readonly epsilon: number;
  readonly activation: ActivationName;
}

export interface BatchNormDescription {
  readonly kind: 'batchNorm';
  readonly epsilon: number;
  readonly momentum: number;
  readonly activation: ActivationName;
}

export interface ResidualDescription {
  readonly kind: 'residual';
  readonly layers: readonly LayerDescription[];
  readonly shortcut: readonly LayerDescription[];
  readonly activation: ActivationName;
}

export interface ParallelDescription {
  readonly kind: 'parallel';
  readonly branches: readonly (readonly LayerDescription[])[];
  readonly join: 'concatenate' | 'sum' | 'dot' | 'cosine';
  readonly activation: ActivationName;
}

export interface EmbeddingDescription {
  readonly kind: 'embedding';
  /** Length of the vectors, for all columns or for each. */
  readonly dimensions: number | readonly number[];
}

export interface BatchEnsembleDescription {
  readonly kind: 'batchEnsemble';
  readonly outputs: number;
  readonly members: number;
  readonly activation: ActivationName;
  readonly bias: boolean;
}

export interface MemberMeanDescription {
  readonly kind: 'memberMean';
}

export interface SoftmaxDescription {
  readonly kind: 'softmax';
}

/** Descriptions of layers, as the library's functions return them. */
export type LayerDescription =
  | DenseDescription
  | Conv2dDescription
  | PoolDescription
  | GlobalPoolDescription
  | FlattenDescription
  | DropoutDescription
  | LayerNormDescription
  | BatchNormDescription
  | ResidualDescription
  | ParallelDescription
  | EmbeddingDescription
  | BatchEnsembleDescription
  | MemberMeanDescription
  | SoftmaxDescription;
