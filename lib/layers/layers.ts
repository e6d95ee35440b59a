import { checkArray, checkOneOf, checkOptions, invalid, isObject } from '../checks/index.js';
import { type BatchNormLayer, batchNorm } from './batch_norm.js';
import { type Conv2dLayer, conv2d } from './conv2d.js';
import { type DenseLayer, dense } from './dense.js';
import { type DropoutLayer, dropout } from './dropout.js';
import { type EmbeddingLayer, embedding } from './embedding.js';
import { type FlattenLayer, flatten } from './flatten.js';
import { type InputLayer, input } from './input.js';
import type { Layer } from './layer.js';
import { type LayerNormLayer, layerNorm } from './layer_norm.js';
import { nesting } from './nesting.js';
import { type ParallelLayer, parallel } from './parallel.js';
import { averagePool, type GlobalPoolLayer, globalPool, maxPool, type PoolLayer } from './pool.js';
import { type ResidualLayer, residual } from './residual.js';
import { type SoftmaxLayer, softmax } from './softmax.js';

/** For layers whose functions take no options: a description has no other keys than these. */
const checkKeys = <Description extends Layer>(layer: Description, known: readonly string[]): Description => {
  checkOptions(layer.kind, layer, ['kind', ...known]);
  return layer;
};

/** What makes each kind of description anew, with its checks: people may have written it by hand, or read it from JSON. */
const makers: Readonly<Record<string, (layer: never) => Layer>> = {
  dense: ({ kind: _, outputs, ...options }: DenseLayer) => dense(outputs, options),
  conv2d: ({ kind: _, channels, ...options }: Conv2dLayer) => conv2d(channels, options),
  maxPool: ({ kind: _, ...options }: PoolLayer) => maxPool(options),
  averagePool: ({ kind: _, ...options }: PoolLayer) => averagePool(options),
  globalPool: ({ kind: _, ...options }: GlobalPoolLayer) => globalPool(options),
  flatten: (layer: FlattenLayer) => checkKeys(layer, []) && flatten(),
  dropout: (layer: DropoutLayer) => dropout(checkKeys(layer, ['rate']).rate),
  layerNorm: ({ kind: _, ...options }: LayerNormLayer) => layerNorm(options),
  batchNorm: ({ kind: _, ...options }: BatchNormLayer) => batchNorm(options),
  residual: ({ kind: _, layers, ...options }: ResidualLayer) => residual(layers, options),
  parallel: ({ kind: _, branches, ...options }: ParallelLayer) => parallel(branches, options),
  embedding: ({ kind: _, ...options }: EmbeddingLayer) => embedding(options),
  input: (layer: InputLayer) => input(checkKeys(layer, ['name']).name),
  softmax: (layer: SoftmaxLayer) => checkKeys(layer, []) && softmax(),
};

/** @throws TypeError `ERR_INVALID_ARGUMENT` for what is no array of at least so many layers; or as the layer's own function. */
export function checkLayers(name: string, layers: readonly Layer[], least: number): readonly Layer[] {
  const expected = least > 0 ? 'an array of at least one layer' : 'an array of layers';
  const list = nesting.within(() =>
    checkArray(name, layers, expected, (layer, i) => checkLayer(`${name}[${i}]`, layer)),
  );
  if (list.length < least) throw invalid(name, expected, layers);
  return Object.freeze(list);
}

function checkLayer(name: string, given: unknown): Layer {
  if (!isObject(given)) throw invalid(name, 'a layer such as dense(10)', given);
  if (nesting.has(given)) return given as Layer;
  const layer = { ...given } as Layer;
  if (typeof layer.kind !== 'string') throw invalid(name, 'a layer such as dense(10)', given);
  return makers[checkOneOf(`kind of ${name}`, layer.kind, Object.keys(makers))]!(layer as never);
}
