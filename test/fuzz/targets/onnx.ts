import { batchNorm } from '../../../lib/layers/batch_norm';
import { conv2d } from '../../../lib/layers/conv2d';
import { dense } from '../../../lib/layers/dense';
import { flatten } from '../../../lib/layers/flatten';
import { layerNorm } from '../../../lib/layers/layer_norm';
import { maxPool } from '../../../lib/layers/pool';
import { residual } from '../../../lib/layers/residual';
import { softmax } from '../../../lib/layers/softmax';
import { decodeModel, encodeModel } from '../../../lib/onnx/messages';
import { loadONNX } from '../../../lib/training/load_onnx';
import { network } from '../../../lib/training/network';
import { mutateBytes } from '../bytes';
import type { Draw } from '../draw';
import type { Target } from '../target';
import { mutateTree } from '../trees';

const files = (): Uint8Array[] =>
  [
    network({
      inputs: 3,
      layers: [dense(3, { activation: 'gelu' }), residual([dense(3)]), layerNorm(), dense(2), softmax()],
      seed: 1,
    }),
    network({
      inputs: { height: 4, width: 4, channels: 1 },
      layers: [conv2d(2, { kernel: 3, activation: 'relu' }), batchNorm(), maxPool({ size: 2 }), flatten(), dense(2)],
      seed: 1,
    }),
  ].map((model) => model.toONNX());

/** Mutates the messages of a file, or its bytes. */
function mutate(input: Uint8Array, draw: Draw, other: Uint8Array): Uint8Array {
  if (draw.chance(0.3)) return mutateBytes(input, draw, other);
  try {
    return encodeModel(mutateTree(decodeModel(input), draw));
  } catch {
    return mutateBytes(input, draw, other); // mutated messages that can't be encoded
  }
}

export const onnx: Target = {
  seeds: files,
  mutate,
  async read(input) {
    const model = await loadONNX(input);
    model.predict(new Float32Array(model.inputs));
    return model.layers.length;
  },
};

/** `appendTo`: the file of an encoder, to which a network is appended. */
export const encoder: Target = {
  seeds: files,
  mutate,
  read: async (input) => (await network({ inputs: 2, layers: [dense(1)], seed: 1 }).appendTo(input)).length > 300,
};
