import type { NativeNode } from '../addon/index.js';
import type { Layer } from '../layers/layer.js';
import type { ParallelLayer } from '../layers/parallel.js';
import type { ResidualLayer } from '../layers/residual.js';

/** Layers one after another, as the native side takes them: each says where its inputs come from, 0 being those of the network. */
export function nodesOf(layers: readonly Layer[]): NativeNode[] {
  const nodes: NativeNode[] = [];
  const add = (node: NativeNode): number => nodes.push(node);

  /** Adds layers to what is computed at `from`; returns where their outputs are. */
  const chain = (list: readonly Layer[], name: string, from: number): number =>
    list.reduce((at, layer, i) => append(layer, `${name}.${i}`, at), from);

  const append = (layer: Layer, name: string, from: number): number => {
    const { kind } = layer;
    if (kind === 'residual') {
      const { layers, shortcut, activation } = layer as ResidualLayer;
      const sides = [chain(layers, `${name}.layers`, from), chain(shortcut, `${name}.shortcut`, from)];
      return add({ kind, name, from: sides, join: 'sum', activation });
    }
    if (kind === 'parallel') {
      const { branches, join, activation } = layer as ParallelLayer;
      const sides = branches.map((branch, i) => chain(branch, `${name}.branches.${i}`, from));
      return add({ kind, name, from: sides, join, activation });
    }
    return add({ ...layer, name, from: [from] });
  };

  chain(layers, 'layers', 0);
  return nodes;
}
