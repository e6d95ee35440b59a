import type { FloatArray } from '../../addon/index.js';
import { quoted } from '../../checks/shown.js';
import { Dataset } from '../../data/dataset.js';
import { errorWith } from '../../errors.js';
import { type DenseLayer, dense } from '../../layers/dense.js';
import type { Layer } from '../../layers/layer.js';
import type { ParallelLayer } from '../../layers/parallel.js';
import { type Network, network } from '../../training/network.js';
import type { EncodedRow, PlaceOfStep } from '../pipeline/encoder.js';

/** The first affine map of a block: its outputs are the point that moves along the path. */
interface Leaf {
  readonly block: PlaceOfStep['block'];
  /** The layer of the path network that gives the point: weights × α + bias. */
  readonly name: string;
  /** Name of the layer of the original network: an embedding, or a dense layer over sparse columns. */
  readonly from: string;
}

/** The change of a point along the path that is due to one step of the pipeline. */
interface Part {
  readonly step: number;
  readonly at: number;
  readonly change: Float64Array;
}

/** Where a path begins. */
export interface PathBaseline {
  /** The block `numbers`. */
  readonly numbers: ArrayLike<number>;
  /** For each column of the block `codes`, the share of each category. */
  readonly shares: readonly (readonly number[])[];
}

/**
 * A network along a straight path of its inputs, as a function of the position α from 0 to 1. Categories move in the space of
 * their embedding vectors, and sparse columns in that of the first dense layer, where a straight path is straight too.
 *
 * A dense layer of one input takes the place of each block: its bias is where the path begins, and its weights are the whole way.
 * The gradient with respect to this bias, averaged over positions, is the integral of the gradient along the path.
 */
export class PathNetwork {
  readonly #original: Network;
  readonly #places: readonly PlaceOfStep[];
  readonly #leaves: readonly Leaf[];
  readonly #path: Network;
  /** The tensors that both networks have: those of the original, and those of the path. */
  readonly #shared: readonly { readonly from: FloatArray; readonly to: Float64Array }[];
  #parts: readonly { readonly leaf: Leaf; readonly parts: readonly Part[] }[] = [];

  constructor(original: Network, places: readonly PlaceOfStep[]) {
    this.#original = original;
    this.#places = places;
    const rewriting = new Rewriting(original, numbersOf(places));
    const layers = rewriting.layers();
    this.#leaves = rewriting.leaves;
    this.#path = network({ inputs: 1, layers: [...layers, dense(original.outputs)], type: 'float64' });
    this.#shared = Array.from(original.tensors).flatMap(([name, { data }]) => {
      const to = rewriting.renamed(name);
      return to === undefined ? [] : [{ from: data, to: this.#tensor(to) }];
    });
  }

  /**
   * Takes the parameters that the original network has now.
   *
   * @param slope The factor of the outputs.
   */
  update(slope: number): void {
    for (const { from, to } of this.#shared) to.set(from);
    const { outputs } = this.#original;
    const scale = this.#tensor(`layers.${this.#path.layers.length - 1}.weight`).fill(0);
    for (let j = 0; j < outputs; ++j) scale[j * outputs + j] = slope;
  }

  #tensor(name: string): Float64Array {
    return this.#path.tensors.get(name)!.data as Float64Array;
  }

  /** What is added to the outputs. */
  get #shift(): Float64Array {
    return this.#tensor(`layers.${this.#path.layers.length - 1}.bias`);
  }

  /** Sets the path from a baseline to a row. */
  move(baseline: PathBaseline, row: EncodedRow): void {
    this.#parts = this.#leaves.map((leaf) => {
      const [weight, bias] = [this.#tensor(`${leaf.name}.weight`), this.#tensor(`${leaf.name}.bias`)];
      const parts = this.#place(leaf, bias, baseline, row);
      weight.fill(0);
      for (const { at, change } of parts) for (const [j, x] of change.entries()) weight[at + j]! += x;
      return { leaf, parts };
    });
  }

  /** Writes where the path begins, and returns the way of each step. */
  #place({ block, from }: Leaf, begin: Float64Array, { numbers, shares }: PathBaseline, row: EncodedRow): Part[] {
    const steps = [...this.#places.entries()].filter(([, place]) => place.block === block);
    const original = (name: string) => this.#original.tensors.get(`${from}.${name}`);
    if (block === 'numbers') {
      begin.set(Float64Array.from(numbers));
      return steps.map(([step, { at, width }]) => ({
        step,
        at,
        change: Float64Array.from({ length: width }, (_, j) => row.numbers[at + j]! - numbers[at + j]!),
      }));
    }
    if (block === 'codes') {
      let at = 0;
      return steps.map(([step], column) => {
        const { data, shape } = original(`tables.${column}`)!;
        const [, width] = shape as [number, number];
        const mean = new Float64Array(width);
        for (const [code, share] of shares[column]!.entries())
          for (let j = 0; j < width; ++j) mean[j]! += share * data[code * width + j]!;
        begin.set(mean, at);
        const code = row.codes[column]!;
        const part = { step, at, change: mean.map((x, j) => data[code * width + j]! - x) };
        at += width;
        return part;
      });
    }
    const { data, shape } = original('weight')!;
    const [, width] = shape as [number, number];
    begin.set(Float64Array.from(original('bias')?.data ?? new Float64Array(width)));
    return steps.map(([step, place]) => {
      const change = new Float64Array(width);
      for (const { column, value } of row.entries)
        if (column >= place.at && column < place.at + place.width)
          for (let j = 0; j < width; ++j) change[j]! += value * data[column * width + j]!;
      return { step, at: 0, change };
    });
  }

  /** The outputs at positions, row by row. */
  outputs(positions: Float64Array): Float64Array {
    this.#shift.fill(0);
    return Float64Array.from(this.#path.predict(positions));
  }

  /** For each step of the pipeline, its way times the mean gradient of the single output over the positions. */
  integralOfOutput(positions: Float64Array): Float64Array {
    this.#shift.fill(0);
    // The absolute error of an output that is far above its target has the derivative 1.
    const targets = new Float64Array(positions.length).fill(-1e300);
    const data = new Dataset({ inputs: positions, targets, columns: 1 });
    return this.#along(this.#gradient(data, 'absolute'), 1);
  }

  /**
   * The same for the log-odds of a class among several: s = z_k − ln Σ_{j≠k} exp z_j. The cross-entropy of class k has the gradient
   * −(1 − p)∇s. A shift of z_k changes p but not ∇s, and keeps p below ½, so 1 − p has all its digits.
   *
   * @param offsets What is added to the outputs.
   *
   * @param logOdds The log-odds at the positions.
   */
  integralOfLogOdds(
    positions: Float64Array,
    place: number,
    logOdds: Float64Array,
    offsets: Float64Array,
  ): Float64Array {
    const most = logOdds.reduce((a, b) => Math.max(a, b));
    this.#shift.set(offsets);
    this.#shift[place]! -= most;
    const weights = logOdds.map((s) => 1 + Math.exp(s - most)); // 1 / (1 − p)
    const targets = new Uint32Array(positions.length).fill(place);
    const data = new Dataset({ inputs: positions, targets, weights, columns: 1 });
    const sum = weights.reduce((all, weight) => all + weight, 0);
    return this.#along(this.#gradient(data, 'crossEntropy'), -sum / positions.length);
  }

  #gradient(data: Dataset, loss: 'absolute' | 'crossEntropy'): Float64Array {
    try {
      return this.#path.gradient(data, { loss }).gradient as Float64Array;
    } finally {
      data.dispose();
    }
  }

  #along(gradient: Float64Array, factor: number): Float64Array {
    const sums = new Float64Array(this.#places.length);
    const begin = this.#path.parameters.byteOffset;
    for (const { leaf, parts } of this.#parts) {
      const offset = (this.#tensor(`${leaf.name}.bias`).byteOffset - begin) / Float64Array.BYTES_PER_ELEMENT;
      for (const { step, at, change } of parts)
        for (const [j, x] of change.entries()) sums[step]! += factor * x * gradient[offset + at + j]!;
    }
    return sums;
  }
}

/** The columns of the block `numbers`. */
export const numbersOf = (places: readonly PlaceOfStep[]): number =>
  places.reduce((sum, { block, width }) => sum + (block === 'numbers' ? width : 0), 0);

/** Replaces the blocks of a network by dense layers over one input. */
class Rewriting {
  readonly leaves: Leaf[] = [];
  readonly #network: Network;
  readonly #width: number;
  /** Names of layers before and after. */
  readonly #names: [string, string][] = [];

  /** @param width The columns of the block `numbers`. */
  constructor(original: Network, width: number) {
    this.#network = original;
    this.#width = width;
  }

  layers(): Layer[] {
    const { layers } = this.#network;
    if (layers.some(hasInput)) return this.#list(layers, 'layers', 'layers', 0);
    this.leaves.push({ block: 'numbers', name: 'layers.0', from: '' });
    return [dense(this.#width), ...this.#list(layers, 'layers', 'layers', 1)];
  }

  /** @param first The place of the first layer afterwards. */
  #list(layers: readonly Layer[], from: string, to: string, first: number): Layer[] {
    const list: Layer[] = [];
    for (let i = 0; i < layers.length; ++i) {
      const layer = layers[i]!;
      const name = `${to}.${first + list.length}`;
      if (layer.kind === 'input') {
        const { name: block } = layer as Layer & { name: PlaceOfStep['block'] };
        const reader = block === 'numbers' ? undefined : layers[++i];
        const isKnown = block === 'numbers' || reader?.kind === (block === 'codes' ? 'embedding' : 'dense');
        if (!isKnown)
          throw errorWith(
            'ERR_INVALID_ARGUMENT',
            `explain: a layer ${quoted(reader?.kind ?? 'none')} reads the block ${block}`,
          );
        this.leaves.push({ block, name, from: `${from}.${i}` });
        list.push(this.#point(block, reader, `${from}.${i}`));
      } else if (layer.kind === 'parallel') {
        const { branches } = layer as ParallelLayer;
        const place = `${from}.${i}.branches`;
        list.push({
          ...layer,
          branches: branches.map((branch, b) => this.#list(branch, `${place}.${b}`, `${name}.branches.${b}`, 0)),
        } as Layer);
      } else {
        this.#names.push([`${from}.${i}.`, `${name}.`]);
        list.push(layer);
      }
    }
    return list;
  }

  /** The layer that gives the point of a block. */
  #point(block: PlaceOfStep['block'], reader: Layer | undefined, from: string): Layer {
    if (block === 'words')
      return dense((reader as DenseLayer).outputs, { activation: (reader as DenseLayer).activation });
    if (block === 'numbers') return dense(this.#width);
    const tables = Array.from(this.#network.tensors).filter(([name]) => name.startsWith(`${from}.tables.`));
    return dense(tables.reduce((sum, [, { shape }]) => sum + shape[1]!, 0));
  }

  /** The new name of a tensor; undefined for one of a block's first layer. */
  renamed(name: string): string | undefined {
    const [from, to] = this.#names.find(([begin]) => name.startsWith(begin)) ?? [];
    return from === undefined ? undefined : to + name.slice(from.length);
  }
}

const hasInput = (layer: Layer): boolean =>
  layer.kind === 'input' ||
  (layer.kind === 'parallel' && (layer as ParallelLayer).branches.some((branch) => branch.some(hasInput)));
