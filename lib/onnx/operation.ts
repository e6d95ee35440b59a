import { errorWith } from '../errors.js';
import { type Constant, constantOf } from './constants.js';
import { type Place, sizeOf } from './places.js';
import type { OnnxNode } from './schema.js';
import type { Layout } from './values.js';

/** Numbers that layers compute. */
export interface Numbers {
  readonly kind: 'numbers';
  readonly place: Place;
  readonly layout: Layout;
  /** The layers' index of each number, if the numbers of a row are in another order than in the layers. */
  readonly order?: readonly number[] | undefined;
  /** An affine map x·scale + shift that the file applies to the numbers. It becomes part of the weights. */
  readonly affine?: { readonly scale: readonly number[]; readonly shift: readonly number[] } | undefined;
}

/** Columns of categories, or one of them. */
export interface Codes {
  readonly kind: 'codes';
  /** The input as categories. The tables that read it determine its cardinalities. */
  readonly place: Place & { readonly work: { readonly kind: 'input'; cardinalities?: number[] } };
  /** The input as numbers, for graphs that convert it. */
  readonly asNumbers: Numbers;
  readonly columns: number;
  readonly column?: number | undefined;
}

/** Rows of a table for a column of categories. */
export interface Rows {
  readonly kind: 'rows';
  readonly codes: Codes;
  readonly column: number;
  readonly table: Constant;
}

export type Result = Numbers | Codes | Rows | (Constant & { readonly kind: 'constant' });

export interface OnnxFile {
  /** Its length, which bounds the size of rows: no row is longer than the weights that read it. */
  readonly bytes: number;
  /** Version of ONNX's own operators. */
  readonly opset: number;
}

/** A node of a file, with the translations of its inputs. */
export class Operation {
  readonly node: OnnxNode;
  readonly name: string;
  readonly file: OnnxFile;
  readonly #results: ReadonlyMap<string, Result | Error>;
  readonly #producers: ReadonlyMap<string, OnnxNode>;

  constructor(
    node: OnnxNode,
    file: OnnxFile,
    results: ReadonlyMap<string, Result | Error>,
    producers: ReadonlyMap<string, OnnxNode>,
  ) {
    this.node = node;
    this.file = file;
    this.name = node.name || node.output[0] || '';
    this.#results = results;
    this.#producers = producers;
  }

  fail(why: string): never {
    throw errorWith('ERR_INVALID_ARGUMENT', `loadONNX: node "${this.name}" (${this.node.opType}): ${why}`);
  }

  /** The size of an example, for which an array is made. */
  sizeOf({ place: { shape } }: Numbers): number {
    const size = sizeOf(shape);
    if (size > this.file.bytes) this.fail(`its input has ${size} numbers, more than the file has weights`);
    return size;
  }

  get inputs(): number {
    return this.node.input.length;
  }

  has(i: number): boolean {
    return (this.node.input[i] ?? '') !== '';
  }

  result(i: number): Result {
    const name = this.node.input[i] ?? '';
    const result = this.#results.get(name);
    if (result instanceof Error) throw result;
    if (result === undefined) this.fail(`its input "${name}" is not in the graph`);
    return result;
  }

  constant(i: number): Constant {
    const result = this.result(i);
    if (result.kind !== 'constant') this.fail(`its input "${this.node.input[i]}" is computed, but must be a constant`);
    return result;
  }

  isConstant(i: number): boolean {
    const result = this.#results.get(this.node.input[i] ?? '');
    return result !== undefined && !(result instanceof Error) && result.kind === 'constant';
  }

  /** Computed numbers to which nothing else must be applied first. */
  numbers(i: number): Numbers {
    const numbers = this.scaled(i);
    if (numbers.affine) this.fail('its input is scaled or shifted by constants, which only dense layers can absorb');
    return numbers;
  }

  scaled(i: number): Numbers {
    const result = this.result(i);
    if (result.kind !== 'numbers')
      this.fail(
        `its input "${this.node.input[i]}" is ${result.kind === 'constant' ? 'a constant' : 'of categories'}, but must be computed numbers`,
      );
    return result;
  }

  /** The node that computes an input. */
  producer(i: number): Operation | undefined {
    const node = this.#producers.get(this.node.input[i] ?? '');
    return node && new Operation(node, this.file, this.#results, this.#producers);
  }

  #attribute(name: string) {
    return this.node.attribute.find((one) => one.name === name);
  }

  int(name: string, fallback: number): number {
    return this.#attribute(name)?.i ?? fallback;
  }

  float(name: string, fallback: number): number {
    return this.#attribute(name)?.f ?? fallback;
  }

  text(name: string, fallback: string): string {
    const bytes = this.#attribute(name)?.s;
    return bytes === undefined ? fallback : new TextDecoder().decode(bytes);
  }

  ints(name: string, fallback: readonly number[]): readonly number[] {
    return this.#attribute(name)?.ints ?? fallback;
  }

  floats(name: string): readonly number[] {
    return this.#attribute(name)?.floats ?? [];
  }

  tensor(name: string): Constant | undefined {
    const tensor = this.#attribute(name)?.t;
    return tensor && constantOf(tensor);
  }

  /** Refuses an attribute unless it has the value that layers have. */
  expect(name: string, received: number | string, expected: number | string): void {
    if (received !== expected) this.fail(`${name} is ${received}, but only ${expected} is supported`);
  }
}
