import golden from '../golden/layers.json';
import type { LayerDescription } from './layers/descriptions';
import type { Key } from './layers/layer';
import type { Shape } from './layers/shape';

/** PyTorch's results for a minibatch. All numbers are flat, row after row or tensor after tensor. */
export interface GoldenLayers {
  name: string;
  inputs: Shape;
  layers: LayerDescription[];
  mode: 'evaluation' | 'training';
  /** Keys of dropout layers, by their path. */
  keys?: Record<string, Key>;
  tensors: { name: string; shape: number[] }[];
  parameters: number[];
  x: number[];
  outputs: number[];
  /** Gradients with respect to the outputs, to x (unless it is categories) and to the parameters. */
  upstream: number[];
  xGradient?: number[];
  gradient: number[];
  /** The parameters after the pass, if they include running statistics. */
  after?: number[];
}

export const goldenLayers = golden as unknown as GoldenLayers[];
