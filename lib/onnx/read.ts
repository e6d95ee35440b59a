import type { FloatType } from '../addon/index.js';
import { quoted } from '../checks/shown.js';
import { errorWith, isOutOfMemory } from '../errors.js';
import { parallel } from '../layers/parallel.js';
import { constantOf } from './constants.js';
import { type LayerTree, layerTree } from './layer_tree.js';
import { corrupt } from './messages.js';
import { type Numbers, type OnnxFile, Operation, type Result } from './operation.js';
import { operators } from './operators.js';
import { type Place, place, type Shape } from './places.js';
import { dataTypes, type OnnxGraph, type OnnxNode, opsetOf, type ValueInfo } from './schema.js';
import type { WholeModel } from './whole_model.js';

/** Columns of a network's inputs: numbers, an image, or categories. */
type Block = number | { height: number; width: number; channels: number } | { categories: readonly number[] };

/** What a file describes, as the options of `network`. */
export interface ReadNetwork {
  readonly inputs: Block | Readonly<Record<string, Block>>;
  readonly type: FloatType;
  readonly layers: LayerTree['layers'];
  readonly tensors: LayerTree['tensors'];
}

/**
 * Reads a graph as the layers of a network.
 *
 * @param bytes The length of the file.
 * @param output Name of the output that the network computes. Default: the only one, or the probabilities.
 * @throws GlissadeError `ERR_CORRUPT_FILE`; TypeError `ERR_INVALID_ARGUMENT` for a graph that layers can't describe,
 *   with the node.
 */
export function readGraph(model: WholeModel, bytes: number, output: string | undefined): ReadNetwork {
  const { graph, producerName = '' } = model;
  return new Reader(graph, producerName, { bytes, opset: opsetOf(model) }).read(output);
}

class Reader {
  readonly #graph: OnnxGraph;
  readonly #results = new Map<string, Result | Error>();
  readonly #producers = new Map<string, OnnxNode>();
  #type: FloatType = 'float32';

  readonly #file: OnnxFile;
  readonly #isOurs: boolean;

  constructor(graph: OnnxGraph, producer: string, file: OnnxFile) {
    this.#graph = graph;
    this.#isOurs = producer === 'glissade';
    this.#file = file;
  }

  read(wanted: string | undefined): ReadNetwork {
    const { node: nodes, initializer } = this.#graph;
    for (const tensor of initializer) this.#keep(tensor.name, () => ({ kind: 'constant', ...constantOf(tensor) }));
    const constants = new Set(this.#results.keys());
    for (const input of this.#graph.input)
      if (!constants.has(input.name ?? '')) this.#keep(input.name, () => this.#input(input));
    for (const node of nodes) for (const name of node.output) this.#producers.set(name, node);
    for (const node of nodes) this.#convert(node);

    const name = this.#output(wanted);
    const result = this.#results.get(name);
    if (result instanceof Error) throw result;
    if (result === undefined) throw corrupt(`no node computes the output "${name}"`);
    const refuse = (why: string): never => {
      throw errorWith('ERR_INVALID_ARGUMENT', `loadONNX: the output "${name}" ${why}`);
    };
    if (result.kind !== 'numbers' || !isRow(result)) return refuse('is not a row of numbers as a layer returns it');
    if (result.affine) return refuse('is scaled or shifted by constants, which only a dense layer can absorb');
    if (result.order) return refuse('is a flattened image, which has another order here');
    const tree = layerTree(result.place);
    return {
      inputs: blocksOf(tree.inputs),
      type: this.#type,
      layers: tree.layers.length > 0 ? tree.layers : [parallel([[]])],
      tensors: tree.tensors,
    };
  }

  /** Records what a name stands for, or why it can't be used, which matters only if something uses it. */
  #keep(name: string | undefined, make: () => Result): void {
    let result: Result | Error;
    try {
      result = make();
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_INVALID_ARGUMENT') throw error;
      result = error as Error;
    }
    this.#results.set(name ?? '', result);
  }

  #convert(node: OnnxNode): void {
    const op = new Operation(node, this.#file, this.#results, this.#producers);
    const domain = node.domain === undefined || node.domain === 'ai.onnx' ? '' : node.domain;
    const key = domain === '' ? (node.opType ?? '') : `${domain}.${node.opType}`;
    const convert = Object.hasOwn(operators, key) ? (operators[key] as (op: Operation) => Result) : undefined;
    const make = (): Result => {
      if (convert === undefined)
        return op.fail(`no layer does what this operator${domain === '' ? '' : ` of ${domain}`} does`);
      try {
        return convert(op);
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        if ((code !== 'ERR_OUT_OF_RANGE' && code !== 'ERR_SHAPE') || isOutOfMemory(error)) throw error;
        return op.fail(message); // from a layer's own checks
      }
    };
    // Classifiers return labels, then scores. A network computes the scores.
    const isClassifier = key === 'ai.onnx.ml.LinearClassifier';
    this.#keep(node.output[isClassifier ? 1 : 0], make);
  }

  #input({ name = '', type }: ValueInfo): Result {
    const { elemType, shape } = type?.tensorType ?? {};
    const refuse = (why: string): never => {
      throw errorWith('ERR_INVALID_ARGUMENT', `loadONNX: the input "${name}" ${why}`);
    };
    const sides = shape?.dim.slice(1).map(({ dimValue }) => dimValue ?? 0) ?? [];
    const make = (extent: Shape) => place(name, { kind: 'input', name }, [], extent);
    if (elemType === dataTypes.int64 || elemType === dataTypes.int32) {
      const columns = sides.length === 0 ? 1 : sides[0]!;
      if (sides.length > 1 || !(columns >= 1))
        refuse(`has the shape [batch, ${sides.join(', ')}]; only columns of categories are supported`);
      const extent = { height: 1, width: 1, channels: columns };
      const numbers: Numbers = { kind: 'numbers', place: make(extent), layout: 'flat' };
      return { kind: 'codes', place: make(extent) as never, asNumbers: numbers, columns };
    }
    if (elemType !== dataTypes.float && elemType !== dataTypes.double)
      refuse(`has data type ${elemType}; only float, double, int64 and int32 are supported`);
    if (elemType === dataTypes.double) this.#type = 'float64';
    if (sides.some((side) => !(side >= 1 && side < 2 ** 31)))
      refuse('has open sides besides the batch; export the model with their sizes');
    if (sides.length === 1)
      return { kind: 'numbers', place: make({ height: 1, width: 1, channels: sides[0]! }), layout: 'flat' };
    if (sides.length !== 3)
      return refuse(`has ${sides.length + 1} sides; only rows [batch, columns] and images are supported`);
    const [a, b, c] = sides as [number, number, number];
    return this.#readsChannelsLast(name)
      ? { kind: 'numbers', place: make({ height: a, width: b, channels: c }), layout: 'channelsLast' }
      : { kind: 'numbers', place: make({ height: b, width: c, channels: a }), layout: 'channelsFirst' };
  }

  /** Whether images have their channels last: in our own files, or if the graph begins by moving them. */
  #readsChannelsLast(name: string): boolean {
    const readers = this.#graph.node.filter(({ input }) => input.includes(name));
    const moves = readers.flatMap(({ opType, attribute }) => (opType === 'Transpose' ? attribute : []));
    return this.#isOurs || moves.some(({ ints }) => ints.join() === '0,3,1,2');
  }

  #output(wanted: string | undefined): string {
    const names = this.#graph.output.map(({ name = '' }) => name);
    if (wanted !== undefined) {
      if (!names.includes(wanted))
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `loadONNX: the graph has no output ${quoted(wanted)}; it has ${names.join(', ')}`,
        );
      return wanted;
    }
    const probabilities = names.filter((name) => ['probabilities', 'output_probability'].includes(name));
    const [name, ...others] = probabilities.length === 1 ? probabilities : names;
    if (name === undefined) throw corrupt('its graph has no output');
    if (others.length > 0)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `loadONNX: the graph has several outputs (${names.join(', ')}); name one, such as { output: "${name}" }`,
      );
    return name;
  }
}

const isRow = ({ layout, place: { shape } }: Numbers) => layout === 'flat' && shape.height * shape.width === 1;

function blocksOf(inputs: ReadonlySet<Place>): ReadNetwork['inputs'] {
  const blocks = [...inputs].map(({ work, shape, node }): [string, Block] => {
    if (work.kind === 'input' && work.cardinalities) return [node, { categories: work.cardinalities }];
    return [node, shape.height * shape.width === 1 ? shape.channels : { ...shape }];
  });
  return blocks.length === 1 ? blocks[0]![1] : Object.fromEntries(blocks);
}
