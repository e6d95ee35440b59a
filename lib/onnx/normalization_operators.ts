import { batchNorm } from '../layers/batch_norm.js';
import { layerNorm } from '../layers/layer_norm.js';
import { softmax } from '../layers/softmax.js';
import type { Numbers, Operation } from './operation.js';
import { followedBy, single } from './placing.js';
import { isChannelAxis } from './values.js';

/** Vectors of one number per channel, in the order of the layers. */
function perChannel(op: Operation, x: Numbers, indices: readonly number[]): Float64Array[] {
  const { channels } = x.place.shape;
  return indices.map((i) => {
    const { values } = op.constant(i);
    if (values.length !== channels)
      op.fail(`its input "${op.node.input[i]}" has ${values.length} numbers for ${channels} channels`);
    const result = new Float64Array(channels);
    for (let c = 0; c < channels; ++c) result[x.order?.[c] ?? c] = values[c]!;
    return result;
  });
}

export function batchNormalization(op: Operation): Numbers {
  const x = op.numbers(0);
  if (x.layout === 'channelsLast') op.fail('its input has its channels last');
  op.expect('training_mode', op.int('training_mode', 0), 0);
  const [weight, bias, mean, variance] = perChannel(op, x, [1, 2, 3, 4]);
  const momentum = single(1 - op.float('momentum', 0.9)); // of the minibatch; ONNX's is that of the average
  const epsilon = single(op.float('epsilon', 1e-5));
  // 1e-12, the least that a layer accepts for either, is below the rounding of float32.
  const layer = batchNorm({ epsilon: epsilon > 0 ? epsilon : 1e-12, momentum: momentum === 0 ? 1e-12 : momentum });
  return followedBy(op, x, layer, { weight: weight!, bias: bias!, mean: mean!, variance: variance! });
}

export function layerNormalization(op: Operation): Numbers {
  const x = op.numbers(0);
  const rank = x.layout === 'flat' ? 2 : 4;
  const axis = op.int('axis', -1);
  if (x.layout === 'channelsFirst' || (axis !== -1 && axis !== rank - 1))
    op.fail('it does not normalise the channels, or all numbers of a row');
  const [weight] = perChannel(op, x, [1]);
  const bias = op.has(2) ? perChannel(op, x, [2])[0]! : new Float64Array(x.place.shape.channels);
  const layer = layerNorm({ epsilon: single(op.float('epsilon', 1e-5)) });
  return followedBy(op, x, layer, { weight: weight!, bias });
}

export function softmaxed(op: Operation): Numbers {
  const x = op.numbers(0);
  if (op.file.opset < 13 && x.layout !== 'flat')
    op.fail(`before opset 13 it is a softmax over all numbers of an image; the file has opset ${op.file.opset}`);
  const axis = op.int('axis', -1);
  if (!isChannelAxis(axis, x.layout)) op.fail(`its axis is ${axis}, which is not that of the channels`);
  return followedBy(op, x, softmax());
}

/** Dividing probabilities that already sum to 1 by their sum changes nothing. */
export function normalizer(op: Operation): Numbers {
  const x = op.numbers(0);
  const { work } = x.place;
  if (op.text('norm', 'MAX') !== 'L1' || work.kind !== 'layer' || work.layer.kind !== 'softmax')
    op.fail('only the norm L1 of a softmax is supported');
  return x;
}
