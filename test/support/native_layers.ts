import { type Layer, type Network, network } from 'glissade';
import { nodesOf } from '../../lib/models/graph';
import type { LayerDescription } from './layers/descriptions';
import type { Pass } from './layers/layer';
import type { Shape } from './layers/shape';
import { SplitMix } from './split_mix';

/** The library's network of described layers, in double precision. */
export function networkOf(layers: readonly LayerDescription[], inputs: Shape): Network {
  return network({ inputs: inputs as number, layers: layers as readonly Layer[], type: 'float64' });
}

/** How the library takes a minibatch through layers in training: which numbers dropout drops. */
export function trainingPass(layers: readonly LayerDescription[], seed: number, minibatch = 0): Pass {
  const draw = new SplitMix(seed, 'dropout', minibatch).next();
  const names = nodesOf(layers as readonly Layer[]).map(({ name }) => name);
  return {
    mode: 'training',
    key: (path) => {
      const key = new SplitMix(draw + BigInt(names.indexOf(path as string)), 'dropout', 0).next();
      return [Number(key & 0xffffffffn), Number(key >> 32n)];
    },
  };
}
