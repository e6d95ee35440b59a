import { type NativeInput, type NativeNode, version } from '../addon/index.js';
import { allocated, errorWith } from '../errors.js';
import { pathsOf } from '../layers/class_tree.js';
import type { Activation } from '../layers/layer.js';
import { activated } from './activations.js';
import type { NetworkContents, Probabilities } from './contents.js';
import { outputsFirst } from './convolution_weights.js';
import { descriptionFor } from './description.js';
import { GraphBuilder, mlDomain } from './graph_builder.js';
import { joined } from './joins.js';
import { encodeModel } from './messages.js';
import type { OnnxGraph, OnnxModel } from './schema.js';
import { channelAxis, inLayout, layoutOf, sharedLayout, type Value } from './values.js';

/** The operator set that graphs use: the first with LayerNormalization. Its IR version is 8. */
export const opset = 17;
const irVersion = 8;
/** The operators for machine learning of the same time. */
const mlOpset = 3;

/** The bytes of an ONNX file that computes what `predict` does, in float32. */
export function writeOnnx(network: NetworkContents, probabilities?: Probabilities): Uint8Array {
  const { graph } = graphOf(network, probabilities);
  return encodeModel({ ...modelWith(graph), metadataProps: descriptionFor(network, probabilities) });
}

/** A graph, and the names of its initializers that are tensors of the network, by their names there. */
export interface NetworkGraph {
  readonly graph: OnnxGraph;
  readonly initializers: ReadonlyMap<string, string>;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for a softmax after a softmax. */
export function graphOf(network: NetworkContents, probabilities: Probabilities | undefined): NetworkGraph {
  const last = network.nodes.at(-1);
  if (probabilities !== undefined && (last?.kind === 'softmax' || last?.activation === 'sigmoid'))
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `the network ends with a ${last.kind === 'softmax' ? 'softmax' : 'sigmoid'}, so its outputs already are probabilities; leave out probabilities: "${probabilities.by}"`,
    );
  const writer = new Writer(network);
  return { graph: writer.write(probabilities), initializers: writer.initializers };
}

function modelWith(graph: OnnxGraph): OnnxModel {
  return {
    irVersion,
    producerName: 'glissade',
    producerVersion: version(),
    graph,
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: [],
  };
}

/** The parts of a graph around a network: its own inputs and outputs. */
export interface Surroundings {
  /** Makes an input block of the network: numbers, or categories as int64 [batch, columns]. */
  input(builder: GraphBuilder, name: string): { flat: string } | { codes: string };
  /** Makes the outputs of the graph from those of the network, [batch, outputs]. */
  outputs(builder: GraphBuilder, last: string): void;
}

/** The bytes of an ONNX file of a network with its surroundings, which may use operators of `ai.onnx.ml`. */
export function writeSurrounded(network: NetworkContents, around: Surroundings): Uint8Array {
  return encodeModel({
    ...modelWith(new Writer(network, around).write(undefined)),
    opsetImport: [
      { domain: '', version: opset },
      { domain: mlDomain, version: mlOpset },
    ],
  });
}

const positionsOf = ([height, width]: readonly [number, number, number]): number => height * width;

/** Names of the tensors that an input block or a node yields. */
type Source = Value | { codes: string } | { indices: string; values: string };

class Writer {
  readonly initializers = new Map<string, string>();
  readonly #builder = new GraphBuilder();
  readonly #network: NetworkContents;
  readonly #sources: Source[] = [];
  readonly #around: Surroundings | undefined;

  constructor(network: NetworkContents, around?: Surroundings) {
    this.#network = network;
    this.#around = around;
  }

  write(probabilities: Probabilities | undefined) {
    const builder = this.#builder;
    const { inputs, nodes, outputs } = this.#network;
    for (const input of inputs) this.#sources.push(this.#input(input));
    const name = builder.name('outputs'); // reserved before any layer
    for (const node of nodes) this.#sources.push(this.#layer(node));
    const { by, slope, intercept } = probabilities ?? { by: 'none', slope: 1, intercept: 0 };
    const [height, width] = this.#network.shapes.at(-1)!;
    const hasPositions = height * width > 1;
    let last = inLayout(builder, this.#sources.at(-1) as Value, hasPositions ? 'channelsLast' : 'flat');
    if (this.#around) {
      this.#around.outputs(builder, last);
      return builder.graph;
    }
    if (slope !== 1) last = builder.node('Mul', [last, builder.constant(slope)], `${name}.scaled`);
    if (intercept !== 0) last = builder.node('Add', [last, builder.constant(intercept)], `${name}.shifted`);
    const [opType, attributes] = (
      {
        softmax: ['Softmax', { axis: hasPositions ? 3 : 1 }],
        logistic: ['Sigmoid', {}],
        none: ['Identity', {}],
      } as const
    )[by];
    builder.node(opType, [last], `${name}.end`, attributes);
    builder.graph.node.at(-1)!.output = [name];
    builder.output(name, hasPositions ? ['batch', height, width, outputs] : ['batch', outputs]);
    return builder.graph;
  }

  #input(input: NativeInput): Source {
    const name = input.name.replace(/^inputs\./, '');
    const builder = this.#builder;
    if (this.#around) return this.#around.input(builder, name);
    if (input.kind === 'categorical')
      return { codes: builder.input(name, 'int64', ['batch', input.cardinalities.length]) };
    if (input.kind === 'sparse')
      return {
        indices: builder.input(`${name}.indices`, 'int64', ['batch', `${name}.entries`]),
        values: builder.input(`${name}.values`, 'float', ['batch', `${name}.entries`]),
      };
    const { height, width, channels } = input;
    return height * width === 1
      ? { flat: builder.input(name, 'float', ['batch', channels]) }
      : { channelsLast: builder.input(name, 'float', ['batch', height, width, channels]) };
  }

  #layer(node: NativeNode): Source {
    const from = node.from.map((i) => this.#sources[i]!);
    switch (node.kind) {
      case 'dense':
        return this.#dense(node, from[0]!);
      case 'embedding':
        return this.#embedding(node, from[0] as { codes: string });
      case 'conv2d':
        return this.#conv2d(node, from[0] as Value);
      case 'maxPool':
      case 'averagePool':
        return this.#pool(node, from[0] as Value);
      case 'globalPool':
        return this.#globalPool(node, from[0] as Value);
      case 'flatten':
        return { flat: inLayout(this.#builder, from[0] as Value, 'flat') };
      case 'dropout':
        return from[0]!; // drops nothing outside training
      case 'batchNorm':
        return this.#batchNorm(node, from[0] as Value);
      case 'layerNorm':
        return this.#layerNorm(node, from[0] as Value);
      case 'batchEnsemble':
        return this.#batchEnsemble(node, from[0] as Value);
      case 'memberMean':
        return this.#memberMean(node, from[0] as Value);
      case 'hierarchicalSoftmax':
        return this.#hierarchicalSoftmax(node, from[0] as Value);
      case 'sampledSoftmax':
        return this.#sampledSoftmax(node, from[0] as Value);
      case 'softmax': {
        const layout = layoutOf(from[0] as Value);
        const x = inLayout(this.#builder, from[0] as Value, layout);
        return { [layout]: this.#builder.node('Softmax', [x], node.name, { axis: channelAxis[layout] }) };
      }
      case 'residual':
      case 'parallel':
        return this.#join(node, from as Value[]);
      default:
        throw errorWith('ERR_INVALID_ARGUMENT', `${node.name}: toONNX knows no layer "${node.kind}"`);
    }
  }

  #dense(node: NativeNode, from: Source): Value {
    const builder = this.#builder;
    const weight = this.#tensor(`${node.name}.weight`);
    const bias = node.bias ? [this.#tensor(`${node.name}.bias`)] : [];
    if ('indices' in from) {
      const rows = builder.node('Gather', [weight, from.indices], `${node.name}.rows`, { axis: 0 });
      const axis = builder.integers([1]);
      const values = builder.node('Unsqueeze', [from.values, axis], `${node.name}.values`);
      const product = builder.node('MatMul', [values, rows], `${node.name}.product`);
      const sum = builder.node('Squeeze', [product, axis], node.name);
      const output = node.bias ? builder.node('Add', [sum, ...bias], `${node.name}.biased`) : sum;
      return { flat: this.#activated(node, output) };
    }
    if (positionsOf(this.#network.shapes[this.#network.nodes.indexOf(node)]!) === 1) {
      const x = inLayout(builder, from as Value, 'flat');
      return { flat: this.#activated(node, builder.node('Gemm', [x, weight, ...bias], node.name)) };
    }
    const x = inLayout(builder, from as Value, 'channelsLast');
    const product = builder.node('MatMul', [x, weight], node.bias ? `${node.name}.product` : node.name);
    const output = node.bias ? builder.node('Add', [product, ...bias], node.name) : product;
    return { channelsLast: this.#activated(node, output) };
  }

  /** The logarithms of σ(±score) of all decisions; each class adds those on its path, a step at a time. */
  #hierarchicalSoftmax(node: NativeNode, from: Value): Value {
    const builder = this.#builder;
    const layout = layoutOf(from) === 'flat' ? 'flat' : 'channelsLast';
    const axis = layout === 'flat' ? 1 : 3;
    const x = inLayout(builder, from, layout);
    const product = builder.node('MatMul', [x, this.#byColumns(`${node.name}.weight`)], `${node.name}.product`);
    const scores = builder.node('Add', [product, this.#flat(`${node.name}.bias`)], `${node.name}.scores`);
    const against = builder.node('Neg', [scores], `${node.name}.against`);
    const both = builder.node('Concat', [against, scores], `${node.name}.both`, { axis });
    const costs = builder.node('Softplus', [both], `${node.name}.costs`);
    const pads = builder.integers([...new Array<number>(2 * axis + 1).fill(0), 1]);
    const padded = builder.node('Pad', [costs, pads], `${node.name}.padded`); // a 0 for paths that have ended
    const tree = node.children as readonly number[];
    const paths = pathsOf(tree);
    const decisions = tree.length / 2;
    const longest = paths.reduce((most, path) => Math.max(most, path.length), 0);
    let sum: string | undefined;
    for (let step = 0; step < longest; ++step) {
      const places = paths.map((path) => {
        const at = path[step];
        return at === undefined ? 2 * decisions : at.decision + (at.first ? 0 : decisions);
      });
      const indices = builder.vector(`${node.name}.steps.${step}`, places);
      const cost = builder.node('Gather', [padded, indices], `${node.name}.costs.${step}`, { axis });
      sum = sum === undefined ? cost : builder.node('Add', [sum, cost], `${node.name}.sums.${step}`);
    }
    return { [layout]: builder.node('Neg', [sum!], node.name) };
  }

  #sampledSoftmax(node: NativeNode, from: Value): Value {
    const builder = this.#builder;
    const [weight, bias] = [this.#byColumns(`${node.name}.weight`), this.#flat(`${node.name}.bias`)];
    if (layoutOf(from) === 'flat')
      return { flat: builder.node('Gemm', [inLayout(builder, from, 'flat'), weight, bias], node.name) };
    const product = builder.node('MatMul', [inLayout(builder, from, 'channelsLast'), weight], `${node.name}.product`);
    return { channelsLast: builder.node('Add', [product, bias], node.name) };
  }

  /** A tensor of weights that has a row for each output, as MatMul takes it. */
  #byColumns(name: string): string {
    const { data, shape } = this.#network.tensors.get(name)!;
    const [rows, columns] = shape as [number, number];
    const transposed = allocated(4 * data.length, () =>
      Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!),
    );
    return this.#initializer(name, [columns, rows], transposed);
  }

  #flat(name: string): string {
    const { data } = this.#network.tensors.get(name)!;
    return this.#initializer(name, [data.length], Float32Array.from(data));
  }

  #embedding(node: NativeNode, { codes }: { codes: string }): Value {
    const builder = this.#builder;
    const vectors = (node.dimensions as readonly number[]).map((_, column) => {
      const name = `${node.name}.tables.${column}`;
      const table = this.#tensor(name);
      const column1 = builder.node('Gather', [codes, builder.integers(column)], `${name}.codes`, { axis: 1 });
      return builder.node('Gather', [table, column1], `${name}.rows`, { axis: 0 });
    });
    return { flat: vectors.length === 1 ? vectors[0]! : builder.node('Concat', vectors, node.name, { axis: 1 }) };
  }

  #conv2d(node: NativeNode, from: Value): Value {
    const { data, shape } = this.#network.tensors.get(`${node.name}.weight`)!;
    const sides = [shape[3]!, shape[2]!, shape[0]!, shape[1]!];
    const weight = this.#initializer(`${node.name}.weight`, sides, outputsFirst(data, shape));
    const bias = node.bias ? [this.#tensor(`${node.name}.bias`)] : [];
    const x = inLayout(this.#builder, from, 'channelsFirst');
    const output = this.#builder.node('Conv', [x, weight, ...bias], node.name, windowsOf(node, 'kernel'));
    return { channelsFirst: this.#activated(node, output) };
  }

  #pool(node: NativeNode, from: Value): Value {
    const x = inLayout(this.#builder, from, 'channelsFirst');
    const opType = node.kind === 'maxPool' ? 'MaxPool' : 'AveragePool';
    return { channelsFirst: this.#builder.node(opType, [x], node.name, windowsOf(node, 'size')) };
  }

  #globalPool(node: NativeNode, from: Value): Value {
    const x = inLayout(this.#builder, from, 'channelsFirst');
    const opType = node.pooling === 'max' ? 'GlobalMaxPool' : 'GlobalAveragePool';
    const pooled = this.#builder.node(opType, [x], node.name);
    return { flat: this.#builder.node('Flatten', [pooled], `${node.name}.flat`, { axis: 1 }) };
  }

  #batchNorm(node: NativeNode, from: Value): Value {
    const layout = layoutOf(from) === 'flat' ? 'flat' : 'channelsFirst';
    const tensors = ['weight', 'bias', 'mean', 'variance'].map((name) => this.#tensor(`${node.name}.${name}`));
    const x = inLayout(this.#builder, from, layout);
    const options = {
      epsilon: { float: node.epsilon as number },
      momentum: { float: 1 - (node.momentum as number) }, // of the average; ours is that of the minibatch
    };
    const output = this.#builder.node('BatchNormalization', [x, ...tensors], node.name, options);
    return { [layout]: this.#activated(node, output) };
  }

  #layerNorm(node: NativeNode, from: Value): Value {
    const layout = layoutOf(from) === 'flat' ? 'flat' : 'channelsLast';
    const tensors = ['weight', 'bias'].map((name) => this.#tensor(`${node.name}.${name}`));
    const x = inLayout(this.#builder, from, layout);
    const options = { axis: -1, epsilon: { float: node.epsilon as number } };
    const output = this.#builder.node('LayerNormalization', [x, ...tensors], node.name, options);
    return { [layout]: this.#activated(node, output) };
  }

  /** Members are positions, [batch, members, 1, channels]; a single one is a row. */
  #batchEnsemble(node: NativeNode, from: Value): Value {
    const builder = this.#builder;
    const layout = (node.members as number) === 1 ? 'flat' : 'channelsLast';
    const ofMembers = (name: string) => {
      const { data, shape } = this.#network.tensors.get(`${node.name}.${name}`)!;
      const sides = layout === 'flat' ? shape : [shape[0]!, 1, shape[1]!];
      return this.#initializer(`${node.name}.${name}`, sides, Float32Array.from(data));
    };
    const x = inLayout(builder, from, layout);
    const scaled = builder.node('Mul', [x, ofMembers('r')], `${node.name}.scaled`);
    const product = builder.node('MatMul', [scaled, this.#tensor(`${node.name}.weight`)], `${node.name}.product`);
    const output = builder.node('Mul', [product, ofMembers('s')], node.bias ? `${node.name}.outputs` : node.name);
    const biased = node.bias ? builder.node('Add', [output, ofMembers('bias')], node.name) : output;
    return { [layout]: this.#activated(node, biased) };
  }

  #memberMean(node: NativeNode, from: Value): Value {
    if (layoutOf(from) === 'flat') return from;
    const x = inLayout(this.#builder, from, 'channelsLast');
    return { flat: this.#builder.node('ReduceMean', [x], node.name, { axes: { ints: [1, 2] }, keepdims: 0 }) };
  }

  #join(node: NativeNode, from: readonly Value[]): Value {
    const layout = sharedLayout(from);
    const terms = from.map((value) => inLayout(this.#builder, value, layout));
    const output = joined(this.#builder, node, terms, channelAxis[layout]);
    return { [layout]: this.#activated(node, output) };
  }

  #activated(node: NativeNode, from: string): string {
    return activated(this.#builder, node.activation as Activation, from);
  }

  #tensor(name: string): string {
    const { data, shape } = this.#network.tensors.get(name)!;
    return this.#initializer(
      name,
      shape,
      allocated(4 * data.length, () => Float32Array.from(data)),
    );
  }

  #initializer(tensor: string, shape: readonly number[], values: Float32Array): string {
    const name = this.#builder.floats(tensor, shape, values);
    this.initializers.set(tensor, name);
    return name;
  }
}

function windowsOf(node: NativeNode, kernel: 'kernel' | 'size') {
  const ints = (key: string) => ({ ints: node[key] as readonly number[] });
  const windows = { kernel_shape: ints(kernel), strides: ints('stride') };
  if (node.padding === 'same') return { ...windows, auto_pad: 'SAME_UPPER' };
  const sides = node.padding as readonly number[];
  return { ...windows, pads: { ints: [...sides, ...sides] } };
}
