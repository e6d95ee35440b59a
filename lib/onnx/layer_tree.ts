import { errorWith } from '../errors.js';
import { input } from '../layers/input.js';
import type { Activation, Layer } from '../layers/layer.js';
import { type Join, parallel } from '../layers/parallel.js';
import { residual } from '../layers/residual.js';
import type { Place } from './places.js';

type Tensors = Readonly<Record<string, ArrayLike<number>>>;

/** A layer with its tensors, or a join with its branches. */
interface Entry {
  layer: Layer;
  tensors: Tensors;
  branches: Entry[][];
}

export interface LayerTree {
  readonly layers: Layer[];
  /** The numbers of each tensor of the network, by its name there. */
  readonly tensors: ReadonlyMap<string, ArrayLike<number>>;
  /** The inputs that the layers read. */
  readonly inputs: ReadonlySet<Place>;
}

/**
 * The layers up to a place, as a list with branches inside.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if branches cross.
 */
export function layerTree(end: Place): LayerTree {
  const inputs = inputsBefore(end);
  const only = inputs.size === 1 ? [...inputs][0] : undefined;
  const entries = new Builder().chain(only, end);
  const tensors = new Map<string, ArrayLike<number>>();
  nameTensors(entries, 'layers', tensors);
  return { layers: entries.map(({ layer }) => layer), tensors, inputs };
}

function inputsBefore(end: Place): Set<Place> {
  const [seen, stack] = [new Set<Place>([end]), [end]];
  for (let at = stack.pop(); at !== undefined; at = stack.pop())
    for (const from of at.from)
      if (!seen.has(from)) {
        seen.add(from);
        stack.push(from);
      }
  return new Set([...seen].filter(({ work }) => work.kind === 'input'));
}

/** The limit of nesting in descriptions of layers. */
const deepest = 256;

class Builder {
  readonly #used = new Set<Place>();
  #depth = 0;

  /** The layers between two places. All paths to the second lead through the first. */
  chain(begin: Place | undefined, end: Place): Entry[] {
    const path: Place[] = [];
    for (let at: Place | undefined = end; at !== begin && at !== undefined; at = at.fork) path.push(at);
    const entries: Entry[] = [];
    for (const at of path.reverse()) this.#append(entries, at);
    return entries;
  }

  #append(entries: Entry[], at: Place): void {
    const { work } = at;
    // An image may become a row in several branches: that layer has no parameters to share.
    const isFlatten = work.kind === 'layer' && work.layer.kind === 'flatten';
    if (work.kind !== 'input' && !isFlatten) {
      if (this.#used.has(at))
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `node "${at.node}": its result is read by several branches that end at different nodes, which layers can't describe`,
        );
      this.#used.add(at);
    }
    if (work.kind === 'input') entries.push({ layer: input(work.name), tensors: {}, branches: [] });
    else if (work.kind === 'layer') entries.push({ layer: work.layer, tensors: work.tensors, branches: [] });
    else if (work.kind === 'activation') activate(entries, work.activation);
    else {
      if (++this.#depth > deepest)
        throw errorWith('ERR_INVALID_ARGUMENT', `node "${at.node}": its branches are nested more than ${deepest} deep`);
      const branches = at.from.map((from) => this.chain(at.fork, from));
      --this.#depth;
      const layer = parallel(branches.map(layersOf), { join: work.join });
      entries.push({ layer, tensors: {}, branches });
    }
  }
}

const layersOf = (entries: readonly Entry[]) => entries.map(({ layer }) => layer);

/** Gives an activation to the last layer, or to a branch without layers. */
function activate(entries: Entry[], activation: Activation): void {
  const last = entries.at(-1);
  if (last?.layer.activation === 'identity') last.layer = Object.freeze({ ...last.layer, activation });
  else entries.push({ layer: parallel([[]], { activation }), tensors: {}, branches: [[]] });
}

/** Names the tensors as the network does, and turns sums of a branch and the input itself into residual layers. */
function nameTensors(entries: Entry[], path: string, named: Map<string, ArrayLike<number>>): void {
  for (const [i, entry] of entries.entries()) {
    const name = `${path}.${i}`;
    for (const [tensor, values] of Object.entries(entry.tensors)) named.set(`${name}.${tensor}`, values);
    const { layer, branches } = entry;
    if (branches.length === 0) continue;
    const activation = layer.activation as Activation;
    const [first, second] = branches as [Entry[], Entry[]?];
    if (layer.join === 'sum' && branches.length === 2 && second!.length === 0 && first.length > 0) {
      nameTensors(first, `${name}.layers`, named);
      entry.layer = residual(layersOf(first), { activation });
      continue;
    }
    for (const [b, branch] of branches.entries()) nameTensors(branch, `${name}.branches.${b}`, named);
    entry.layer = parallel(branches.map(layersOf), { join: layer.join as Join, activation });
  }
}
