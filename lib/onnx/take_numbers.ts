import { constantOf } from './constants.js';
import type { NetworkContents } from './contents.js';
import { outputsLast } from './convolution_weights.js';
import type { Described } from './description.js';
import { encodeModel } from './messages.js';
import { dataTypes, type OnnxGraph } from './schema.js';
import { graphOf } from './write.js';

/**
 * Copies the weights of a graph into the tensors of a network, if `toONNX` of that network would write the same graph apart
 * from the weights. Otherwise returns false, for example after another program has changed the file.
 */
export function takeNumbers(graph: OnnxGraph, network: NetworkContents, { by }: Described): boolean {
  const own = graphOf(network, by && { by, slope: 1, intercept: 0 });
  const [theirs, ours] = [initializersOf(graph), initializersOf(own.graph)];
  for (const name of own.initializers.values()) {
    const [their, our] = [theirs.get(name), ours.get(name)!];
    if (their?.dataType !== dataTypes.float || String(their.dims) !== String(our.dims)) return false;
  }
  const tensors = new Set(own.initializers.values());
  if (!equal(withoutInitializers(graph, tensors), withoutInitializers(own.graph, tensors))) return false;
  for (const [tensor, name] of own.initializers) {
    const { data, shape } = network.tensors.get(tensor)!;
    const { values } = constantOf(theirs.get(name)!);
    data.set(shape.length === 4 ? outputsLast(values, shape) : values); // of a convolution
  }
  return true;
}

const initializersOf = ({ initializer }: OnnxGraph) =>
  new Map(initializer.map((tensor) => [tensor.name ?? '', tensor]));

const withoutInitializers = (graph: OnnxGraph, names: ReadonlySet<string>): Uint8Array =>
  encodeModel({
    graph: { ...graph, initializer: graph.initializer.filter(({ name = '' }) => !names.has(name)) },
    opsetImport: [],
    metadataProps: [],
  });

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
