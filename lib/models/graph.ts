import type { NativeInput, NativeNode } from '../addon/index.js';
import { checkOneOf } from '../checks/options.js';
import { errorWith } from '../errors.js';
import { huffmanTree } from '../layers/class_tree.js';
import { defaultDimensions, type EmbeddingLayer } from '../layers/embedding.js';
import type { HierarchicalSoftmaxLayer } from '../layers/hierarchical_softmax.js';
import type { InputLayer } from '../layers/input.js';
import type { Layer } from '../layers/layer.js';
import type { ParallelLayer } from '../layers/parallel.js';
import type { ResidualLayer } from '../layers/residual.js';
import type { SampledSoftmaxLayer } from '../layers/sampled_softmax.js';

/** Index of an input block or a node; undefined at the beginning of a network with several input blocks. */
type Place = number | undefined;

/**
 * The nodes of a list of layers, as the native side takes them. Each node has the indices of its inputs. Indices count
 * the input blocks first, then the nodes.
 *
 * @throws TypeError, RangeError that name the layer.
 */
export function nodesOf(inputs: readonly NativeInput[], layers: readonly Layer[]): NativeNode[] {
  const nodes: NativeNode[] = [];
  const names = inputs.map(({ name }) => name.replace(/^inputs\./, ''));
  const add = (node: NativeNode): number => inputs.length + nodes.push(node) - 1;

  /** Adds layers after `from`; returns the index of the last. */
  const chain = (list: readonly Layer[], name: string, from: Place): Place =>
    list.reduce((at: Place, layer, i) => {
      if (layer.kind === 'input' && i > 0)
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `${name}.${i}: input() must be the first layer of a branch, or of the network`,
        );
      return append(layer, `${name}.${i}`, at);
    }, from);

  const known = (name: string, from: Place): number => {
    if (from !== undefined) return from;
    const blocks = names.join(', ');
    throw errorWith(
      'ERR_SHAPE',
      `${name}: there are several input blocks (${blocks}); begin with parallel, whose branches begin with input('${names[0]}') and so on`,
    );
  };

  const append = (layer: Layer, name: string, from: Place): number => {
    const { kind } = layer;
    if (kind === 'input') return names.indexOf(checkOneOf(`name of ${name}`, (layer as InputLayer).name, names));
    if (kind === 'residual') {
      const { layers, shortcut, activation } = layer as ResidualLayer;
      const sides = [chain(layers, `${name}.layers`, from), chain(shortcut, `${name}.shortcut`, from)];
      return add({ kind, name, from: sides.map((side) => known(name, side)), join: 'sum', activation });
    }
    if (kind === 'parallel') {
      const { branches, join, activation } = layer as ParallelLayer;
      const sides = branches.map((branch, i) => known(name, chain(branch, `${name}.branches.${i}`, from)));
      return add({ kind, name, from: sides, join, activation });
    }
    const at = known(name, from);
    if (kind === 'hierarchicalSoftmax' || kind === 'sampledSoftmax') {
      const { classes, frequencies, ...options } = layer as HierarchicalSoftmaxLayer | SampledSoftmaxLayer;
      const known = frequencies ?? new Array<number>(classes).fill(1);
      const ofKind = kind === 'sampledSoftmax' ? { frequencies: known } : { children: huffmanTree(known) };
      return add({ ...options, ...ofKind, kind, name, from: [at] });
    }
    const input = inputs[at];
    const isEmbedding = kind === 'embedding' && input?.kind === 'categorical';
    const own = isEmbedding
      ? { kind, dimensions: dimensionsFor(name, layer as EmbeddingLayer, input.cardinalities) }
      : layer;
    return add({ dimensions: [], ...own, name, from: [at] });
  };

  known('layers', chain(layers, 'layers', inputs.length === 1 ? 0 : undefined));
  return nodes;
}

function dimensionsFor(name: string, { dimensions }: EmbeddingLayer, cardinalities: readonly number[]): number[] {
  if (dimensions === undefined) return cardinalities.map(defaultDimensions);
  if (typeof dimensions === 'number') return cardinalities.map(() => dimensions);
  if (dimensions.length !== cardinalities.length)
    throw errorWith(
      'ERR_SHAPE',
      `${name}: dimensions has ${dimensions.length} elements, but there are ${cardinalities.length} columns of categories`,
    );
  return [...dimensions];
}
