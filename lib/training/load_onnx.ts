import { checkOptions } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { errorWith, isOutOfMemory } from '../errors.js';
import { contentsOf } from '../formats/contents.js';
import type { NetworkOptions } from '../models/options.js';
import { readOnnx } from '../onnx/read.js';
import { type Network, network } from './network.js';

export interface LoadOnnxOptions {
  /** Name of the output that the network computes. Default: the only one, or scikit-learn's probabilities. */
  output?: string | undefined;
}

/**
 * Makes a network of an ONNX file: of what {@link Network.toONNX} writes (except sparse inputs and cosines), of graphs that
 * PyTorch exports, and of those that skl2onnx makes of scikit-learn's `MLPClassifier`, `MLPRegressor`,
 * `LogisticRegression` and `LinearRegression`, scalers before them included.
 *
 * The layers' layout is ours: weights and flattened images are reordered, and an image input is [height, width,
 * channels], where PyTorch's graph has its channels first. What is applied to the inputs becomes part of the first
 * weights. A graph of type double becomes a network of type float64.
 *
 * @param source The path of a file, or its bytes.
 * @throws GlissadeError `ERR_CORRUPT_FILE` for bytes that are no ONNX file, `ERR_FILE` for a file that can't be read;
 *   TypeError `ERR_INVALID_ARGUMENT` for a graph that layers can't describe, with the name of the node and the reason.
 */
export async function loadONNX(source: string | URL | Uint8Array, options: LoadOnnxOptions = {}): Promise<Network> {
  checkOptions('loadONNX', options, ['output']);
  const { output } = options;
  if (output !== undefined && typeof output !== 'string') throw invalid('output', 'the name of an output', output);
  const { tensors, ...description } = readOnnx(await contentsOf('source', source), output);
  const model = made(description);
  for (const [name, values] of tensors) model.tensors.get(name)!.data.set(values);
  return model;
}

function made(description: NetworkOptions): Network {
  try {
    return network(description);
  } catch (error) {
    if (isOutOfMemory(error)) throw error;
    throw errorWith('ERR_INVALID_ARGUMENT', `loadONNX: ${(error as Error).message}`, error);
  }
}
