import { internal } from '../../checks/internal.js';
import { isArray, isPlainObject } from '../../checks/kinds.js';
import type { BlockInputs, Inputs } from '../../data/blocks.js';
import { categories } from '../../data/categories.js';
import { RowCollector } from '../../data/row_collector.js';
import { Sparse } from '../../data/sparse.js';
import { errorWith } from '../../errors.js';
import type { BlockShape } from '../../models/inputs.js';
import type { Chunk } from '../source.js';
import { columnsOf, type FittedStep, rowsFor } from './fitted_steps.js';
import {
  type CategoryEncoding,
  checkStep,
  type Encoding,
  kindOf,
  type NumberEncoding,
  type SparseEncoding,
} from './step.js';

/** An encoding with the names of the columns that it reads, and where its outputs begin in its block. */
interface Placed<E extends Encoding = Encoding> {
  readonly names: readonly string[];
  readonly encoding: E;
  readonly at: number;
}

/** Turns rows of a table into inputs of a network: the fitted steps of a pipeline, ready to run. */
export class Encoder {
  readonly steps: readonly FittedStep[];
  /** The columns that are read. */
  readonly columns: readonly string[];
  /** Inputs of the network: the width of `numbers` alone, or blocks by their names. */
  readonly inputs: number | Readonly<Record<string, BlockShape>>;
  readonly #numbers: readonly Placed<NumberEncoding>[];
  readonly #categories: readonly Placed<CategoryEncoding>[];
  readonly #words: readonly Placed<SparseEncoding>[];
  readonly #width: number;
  readonly #entriesWidth: number;

  constructor(steps: readonly FittedStep[]) {
    this.steps = steps;
    const list = steps.map(({ name, step, found }) => {
      const names = columnsOf(name, step);
      return { names, encoding: kindOf(step).encoding(step, found, names) };
    });
    this.columns = [...new Set(list.flatMap(({ names }) => names))];
    const of = <E extends Encoding>(block: E['block'], widthOf: (encoding: E) => number) => {
      let at = 0;
      const placed: Placed<E>[] = [];
      for (const one of list as { names: readonly string[]; encoding: E }[])
        if (one.encoding.block === block) {
          placed.push({ ...one, at });
          at += widthOf(one.encoding);
        }
      return { placed, width: at };
    };
    const numbers = of<NumberEncoding>('numbers', ({ width }) => width);
    const codes = of<CategoryEncoding>('codes', () => 1);
    const words = of<SparseEncoding>('words', ({ width }) => width);
    [this.#numbers, this.#width] = [numbers.placed, numbers.width];
    this.#categories = codes.placed;
    [this.#words, this.#entriesWidth] = [words.placed, words.width];
    const blocks: Record<string, BlockShape> = {};
    if (numbers.width > 0) blocks.numbers = numbers.width;
    if (codes.width > 0) blocks.codes = { categories: codes.placed.map(({ encoding }) => encoding.cardinality) };
    if (words.width > 0) blocks.words = { sparse: words.width };
    if (list.length === 0) throw errorWith('ERR_SHAPE', 'the pipeline has no step that gives inputs');
    this.inputs = Object.keys(blocks).length === 1 && numbers.width > 0 ? numbers.width : blocks;
  }

  /**
   * The inputs of some rows.
   *
   * @param places The place of each column in the chunk.
   * @param first The number of the first row, for messages.
   * @throws TypeError, GlissadeError that name the row and the column of a value that is refused.
   */
  encode(chunk: Chunk, places: ReadonlyMap<string, number>, first: number): Inputs {
    const { rows } = chunk;
    const blocks: Record<string, BlockInputs> = {};
    if (this.#width > 0) {
      const numbers = new Float32Array(rows * this.#width);
      for (const { names, encoding, at } of this.#numbers)
        encoding.write(rowsFor(names, places, chunk, first), numbers, at, this.#width);
      if (typeof this.inputs === 'number') return numbers;
      blocks.numbers = { values: numbers, columns: this.#width };
    }
    const width = this.#categories.length;
    if (width > 0) {
      const codes = new Uint32Array(rows * width);
      for (const { names, encoding, at } of this.#categories)
        encoding.write(rowsFor(names, places, chunk, first), codes, at, width);
      const cardinalities = this.#categories.map(({ encoding }) => encoding.cardinality);
      blocks.codes = categories({ values: codes, columns: width, cardinalities });
    }
    if (this.#words.length > 0) blocks.words = this.#entries(chunk, places, first);
    return blocks;
  }

  #entries(chunk: Chunk, places: ReadonlyMap<string, number>, first: number): Sparse {
    const collector = new RowCollector(this.#entriesWidth);
    const writers = this.#words.map(({ names, encoding, at }) => {
      const push = (column: number, value: number) => collector.push(at + column, value);
      const entries = encoding.entries(rowsFor(names, places, chunk, first));
      return (row: number) => entries(row, push);
    });
    for (let row = 0; row < chunk.rows; ++row) {
      for (const write of writers) write(row);
      collector.endRow();
    }
    return new Sparse(internal, collector.build());
  }

  toJSON(): readonly FittedStep[] {
    return this.steps;
  }

  /** @throws TypeError, RangeError unless it is what `toJSON` returned. */
  static from(json: unknown): Encoder {
    if (!isArray(json)) throw errorWith('ERR_CORRUPT_FILE', 'the steps of the pipeline are no list');
    return new Encoder(
      json.map((one, i) => {
        const { name, step, found } = one as FittedStep;
        if (typeof name !== 'string' || !isPlainObject(found))
          throw errorWith('ERR_CORRUPT_FILE', `step ${i} of the pipeline is damaged`);
        return { name, step: checkStep(`step ${i}`, step), found };
      }),
    );
  }
}
