import {
  type Attribute,
  attributeTypes,
  type Dimension,
  dataTypes,
  type OnnxGraph,
  type OnnxTensor,
  type ValueInfo,
} from './schema.js';

export type AttributeValue =
  | number
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly strings: readonly string[] }
  | string;

/** Types of the inputs and outputs of graphs. */
export type ValueType = 'float' | 'double' | 'int64' | 'string';

/** The operators for machine learning. */
export const mlDomain = 'ai.onnx.ml';

/** Collects the nodes and tensors of a graph, each with a unique name. */
export class GraphBuilder {
  readonly graph: OnnxGraph = { node: [], name: 'glissade', initializer: [], input: [], output: [], valueInfo: [] };
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, string>();

  /** The name, or a similar one that is not taken. */
  name(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); ++i) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  input(wanted: string, type: ValueType, dimensions: readonly (number | string)[]): string {
    const name = this.name(wanted);
    this.graph.input.push(valueInfo(name, type, dimensions));
    return name;
  }

  output(name: string, dimensions: readonly (number | string)[], type: ValueType = 'float'): void {
    this.graph.output.push(valueInfo(name, type, dimensions));
  }

  /** Adds a node with one output, and returns the name of the output. */
  node(
    opType: string,
    inputs: readonly string[],
    wanted: string,
    attributes: Record<string, AttributeValue> = {},
  ): string {
    const output = this.name(wanted);
    this.graph.node.push({
      input: [...inputs],
      output: [output],
      name: output,
      opType,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return output;
  }

  /** Adds a node of the operators for machine learning, `ai.onnx.ml`. */
  mlNode(
    opType: string,
    inputs: readonly string[],
    wanted: string,
    attributes: Record<string, AttributeValue>,
  ): string {
    const output = this.node(opType, inputs, wanted, attributes);
    this.graph.node.at(-1)!.domain = mlDomain;
    return output;
  }

  floats(wanted: string, dims: readonly number[], values: Float32Array): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.#tensor(wanted, { dataType: dataTypes.float, dims, rawData: bytes });
  }

  /** A number, as a tensor without sides. Equal ones are one tensor. */
  constant(value: number): string {
    return this.#once(`constant_${value}`, (name) => this.floats(name, [], Float32Array.of(value)));
  }

  /** A number of double precision, as a tensor without sides. Equal ones are one tensor. */
  double(value: number): string {
    return this.#once(`double_${value}`, (name) =>
      this.#tensor(name, { dataType: dataTypes.double, dims: [], doubleData: [value] }),
    );
  }

  /** Integers, as a vector; or one, as a tensor without sides. Equal ones are one tensor. */
  integers(values: readonly number[] | number): string {
    const list = [values].flat();
    const dims = typeof values === 'number' ? [] : [list.length];
    return this.#once(`${dims.length === 0 ? 'index' : 'axes'}_${list.join('_')}`, (name) =>
      this.#tensor(name, { dataType: dataTypes.int64, dims, int64Data: list }),
    );
  }

  /** Integers, as a vector of this name. */
  vector(wanted: string, values: readonly number[]): string {
    return this.#tensor(wanted, { dataType: dataTypes.int64, dims: [values.length], int64Data: [...values] });
  }

  #once(key: string, make: (name: string) => string): string {
    const name = this.#constants.get(key) ?? make(key);
    this.#constants.set(key, name);
    return name;
  }

  #tensor(wanted: string, { dims, ...data }: Omit<Partial<OnnxTensor>, 'dims'> & { dims: readonly number[] }): string {
    const name = this.name(wanted);
    const none = { floatData: [], int32Data: [], int64Data: [], doubleData: [], externalData: [] };
    this.graph.initializer.push({ ...none, ...data, dims: [...dims], name });
    return name;
  }
}

function attribute(name: string, value: AttributeValue): Attribute {
  const none = { floats: [], ints: [], strings: [], graphs: [] };
  if (typeof value === 'number') return { ...none, name, type: attributeTypes.int, i: value };
  if (typeof value === 'string')
    return { ...none, name, type: attributeTypes.string, s: new TextEncoder().encode(value) };
  if ('strings' in value) {
    const strings = value.strings.map((text) => new TextEncoder().encode(text));
    return { ...none, name, type: attributeTypes.strings, strings };
  }
  if ('float' in value) return { ...none, name, type: attributeTypes.float, f: value.float };
  return { ...none, name, type: attributeTypes.ints, ints: [...value.ints] };
}

function valueInfo(name: string, type: ValueType, dimensions: readonly (number | string)[]): ValueInfo {
  const dim = dimensions.map((side): Dimension => (typeof side === 'number' ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: { elemType: dataTypes[type], shape: { dim } } } };
}
