import type { FloatArray } from '../../lib/addon';
import type { Inputs } from '../../lib/data/blocks';
import { categories } from '../../lib/data/categories';
import type { Layer } from '../../lib/layers/layer';
import { type Network, network } from '../../lib/training/network';
import type { NetworkCase } from './arbitrary_networks';
import { random, range } from './numbers';
import { type OnnxInput, onnxFloats, onnxIntegers } from './onnxruntime';

/** Numbers for all parameters, including statistics, so that a missing one is noticed. */
export function scatter(model: Network, seed: number): Network {
  const uniform = random(seed);
  for (const [name, { data, shape }] of model.tensors) {
    const inputs = shape.slice(0, -1).reduce((product, side) => product * side, 1);
    for (const i of range(data.length))
      data[i] = name.endsWith('variance') ? 0.5 + uniform() : ((2 * uniform() - 1) * 1.7) / Math.sqrt(inputs);
  }
  return model;
}

export interface DrawnOnnx {
  model: Network;
  x: Inputs;
  outputs: FloatArray;
  /** The rows in onnxruntime's form. */
  inputs: Record<string, OnnxInput>;
}

/** A network of a case with its rows, for glissade and for onnxruntime. */
export function drawnOnnx({ inputs, layers, seed, rows }: NetworkCase): DrawnOnnx {
  const uniform = random(seed);
  if (typeof inputs === 'object' && 'cardinalities' in inputs) {
    const { cardinalities } = inputs;
    const model = scatter(network({ inputs: { categories: cardinalities }, layers: layers as Layer[] }), seed);
    const codes = range(rows).map(() => cardinalities.map((count) => Math.floor(uniform() * count)));
    const x = categories({ values: codes, columns: cardinalities.length, cardinalities });
    const feed = onnxIntegers(codes.flat(), [rows, cardinalities.length]);
    return { model, x, outputs: model.predict(x), inputs: { inputs: feed } };
  }
  const model = scatter(network({ inputs, layers: layers as Layer[] }), seed);
  const x = Float32Array.from({ length: rows * model.inputs }, () => 2 * uniform() - 1);
  const isImage = typeof inputs === 'object' && inputs.height * inputs.width > 1;
  const dims = isImage ? [rows, inputs.height, inputs.width, inputs.channels] : [rows, model.inputs];
  return { model, x, outputs: model.predict(x), inputs: { inputs: onnxFloats(x, dims) } };
}

/** The numbers of images [channels, height, width] in glissade's order. */
export const channelsLast = (values: ArrayLike<number>, [rows, channels, height, width]: number[]) =>
  range(rows! * height! * width! * channels!).map((i) => {
    const [row, p, c] = [
      Math.floor(i / (height! * width! * channels!)),
      Math.floor(i / channels!) % (height! * width!),
      i % channels!,
    ];
    return values[(row * channels! + c) * height! * width! + p]!;
  });
