export {
  type Adapters,
  type BatchEnsembleLayer,
  type BatchEnsembleOptions,
  batchEnsemble,
  type MemberMeanLayer,
  memberMean,
} from './batch_ensemble.js';
export { type BatchNormLayer, type BatchNormOptions, batchNorm } from './batch_norm.js';
export { type Conv2dLayer, type Conv2dOptions, conv2d } from './conv2d.js';
export { type DenseLayer, type DenseOptions, dense } from './dense.js';
export { type DropoutLayer, dropout } from './dropout.js';
export { type EmbeddingLayer, type EmbeddingOptions, embedding } from './embedding.js';
export { type FlattenLayer, flatten } from './flatten.js';
export {
  type HierarchicalSoftmaxLayer,
  type HierarchicalSoftmaxOptions,
  hierarchicalSoftmax,
} from './hierarchical_softmax.js';
export { type InputLayer, input } from './input.js';
export type { Activation, ActivationOptions, Initializer, Layer } from './layer.js';
export { type LayerNormLayer, type LayerNormOptions, layerNorm } from './layer_norm.js';
export { type Join, type ParallelLayer, type ParallelOptions, parallel } from './parallel.js';
export {
  averagePool,
  type GlobalPoolLayer,
  type GlobalPoolOptions,
  globalPool,
  maxPool,
  type PoolLayer,
  type PoolOptions,
} from './pool.js';
export { type ResidualLayer, type ResidualOptions, residual } from './residual.js';
export { type SampledSoftmaxLayer, type SampledSoftmaxOptions, sampledSoftmax } from './sampled_softmax.js';
export { type SoftmaxLayer, softmax } from './softmax.js';
export type { Sides } from './windows.js';
