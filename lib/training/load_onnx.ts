import { internal } from '../checks/internal.js';
import { checkOptions } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { errorWith, isOutOfMemory } from '../errors.js';
import { contentsOf } from '../formats/contents.js';
import { contentsOfNetwork, slabOf } from '../models/model.js';
import type { NetworkOptions } from '../models/options.js';
import { descriptionIn, layersOf } from '../onnx/description.js';
import { corrupt } from '../onnx/messages.js';
import { readGraph } from '../onnx/read.js';
import { takeNumbers } from '../onnx/take_numbers.js';
import { decodeWhole, type WholeModel } from '../onnx/whole_model.js';
import { Network, network } from './network.js';

export interface LoadOnnxOptions {
  /** Name of the output that the network computes. Default: the only one, or scikit-learn's probabilities. */
  output?: string | undefined;
}

/**
 * Makes a network from an ONNX file: one that {@link Network.toONNX} wrote, a graph that PyTorch exported, or one that
 * skl2onnx made from scikit-learn's `MLPClassifier`, `MLPRegressor`, `LogisticRegression` or `LinearRegression`,
 * including scalers before them.
 *
 * A file of `toONNX` contains the network's description beside the graph. All layers then come back with all options,
 * and training continues as that of the original network would, with the same bits for type float32. If another program
 * has changed the graph, the network is made from the graph alone: dropout and initial distributions are lost, and
 * sparse inputs and cosines are not read.
 *
 * Layers have glissade's layout: weights and flattened images are reordered, and an image input is [height, width,
 * channels], where PyTorch's graph has its channels first. Scaling of the inputs becomes part of the first weights. A
 * graph of type double becomes a network of type float64.
 *
 * @param source The path of a file, or its bytes.
 * @throws GlissadeError `ERR_CORRUPT_FILE` for bytes that are not an ONNX file, `ERR_FILE` for a file that can't be
 *   read; TypeError `ERR_INVALID_ARGUMENT` for a graph that layers can't describe, with the name of the node and the
 *   reason.
 */
export async function loadONNX(source: string | URL | Uint8Array, options: LoadOnnxOptions = {}): Promise<Network> {
  checkOptions('loadONNX', options, ['output']);
  const { output } = options;
  if (output !== undefined && typeof output !== 'string') throw invalid('output', 'the name of an output', output);
  const bytes = await contentsOf('source', source);
  const file = decodeWhole(bytes);
  const isOurs = output === undefined || file.graph.output.every(({ name }) => name === output);
  return (isOurs && asDescribed(file, bytes.length)) || asGraphed(file, bytes.length, output);
}

/** The network that the metadata of a file describe; undefined if the graph has changed. */
function asDescribed(file: WholeModel, bytes: number): Network | undefined {
  const described = descriptionIn(file);
  if (described === undefined) return undefined;
  try {
    const options = { inputs: described.inputs, layers: described.layers } as NetworkOptions;
    const model = new Network(options, internal, (native, type) => {
      if (native.parameterCount() * Float32Array.BYTES_PER_ELEMENT > bytes)
        throw corrupt('its description has more parameters');
      return slabOf(native, type);
    });
    if (!takeNumbers(file.graph, contentsOfNetwork(model), described)) return undefined;
    if (described.by === undefined) return model;
    const ended = new Network({ ...options, layers: layersOf(described) }, internal, slabOf);
    ended.parameters.set(model.parameters);
    return ended;
  } catch (error) {
    if (isOutOfMemory(error)) throw error;
    return undefined;
  }
}

function asGraphed(file: WholeModel, bytes: number, output: string | undefined): Network {
  const { tensors, ...description } = readGraph(file, bytes, output);
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
