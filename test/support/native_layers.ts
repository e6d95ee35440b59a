import type { Inputs } from '../../lib/data/blocks';
import { categories } from '../../lib/data/categories';
import type { Layer } from '../../lib/layers/layer';
import { nodesOf } from '../../lib/models/graph';
import { type InputShape, inputsOf } from '../../lib/models/inputs';
import { type Network, network } from '../../lib/training/network';
import type { LayerDescription } from './layers/descriptions';
import type { Pass } from './layers/layer';
import { type Shape, sizeOf } from './layers/shape';
import { SplitMix } from './split_mix';

/** The library's network with these layers, in double precision. */
export function networkOf(layers: readonly LayerDescription[], inputs: Shape): Network {
  return network({ inputs: shapeOf(inputs), layers: layers as readonly Layer[], type: 'float64' });
}

const isCategorical = (shape: Shape) => typeof shape === 'object' && 'cardinalities' in shape;

export function shapeOf(shape: Shape): InputShape {
  return typeof shape === 'object' && 'cardinalities' in shape ? { categories: shape.cardinalities } : shape;
}

/** Row-major inputs of a minibatch, in the form that datasets accept. */
export function inputsFor(shape: Shape, values: readonly number[]): { inputs: Inputs; columns?: number } {
  if (!isCategorical(shape)) return { inputs: Float64Array.from(values), columns: sizeOf(shape) };
  const { cardinalities } = shape as Extract<Shape, { cardinalities: readonly number[] }>;
  return { inputs: categories({ values, columns: cardinalities.length, cardinalities }) };
}

/** The library's training pass of a minibatch: the keys that determine which numbers dropout drops. */
export function trainingPass(layers: readonly LayerDescription[], inputs: Shape, seed: number, minibatch = 0): Pass {
  const draw = new SplitMix(seed, 'dropout', minibatch).next();
  const names = nodesOf(inputsOf(shapeOf(inputs)), layers as readonly Layer[]).map(({ name }) => name);
  return {
    mode: 'training',
    key: (path) => {
      const key = new SplitMix(draw + BigInt(names.indexOf(path as string)), 'dropout', 0).next();
      return [Number(key & 0xffffffffn), Number(key >> 32n)];
    },
  };
}
