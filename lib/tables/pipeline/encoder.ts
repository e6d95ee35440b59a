import './columns.js'; // registers the kinds of steps
import { internal } from '../../checks/internal.js';
import { isArray, isPlainObject } from '../../checks/kinds.js';
import type { BlockInputs, Inputs } from '../../data/blocks.js';
import { categories } from '../../data/categories.js';
import { RowCollector } from '../../data/row_collector.js';
import { Sparse } from '../../data/sparse.js';
import { errorWith, newArray } from '../../errors.js';
import type { BlockShape } from '../../models/inputs.js';
import type { Column, ColumnType } from '../column.js';
import { rewritten } from '../conversions.js';
import type { DateForm } from '../date_form.js';
import type { TextType } from '../readers/typed_texts.js';
import type { RowNumber } from '../row_number.js';
import type { Chunk } from '../source.js';
import { columnsOf, type FittedStep, rowsFor } from './fitted_steps.js';
import {
  type CategoryEncoding,
  checkStep,
  type Encoding,
  kindOf,
  type NumberEncoding,
  type SparseEncoding,
  type Step,
} from './step.js';

/** An encoding, the columns that it reads, and the position of its outputs in their block. */
interface Placed<E extends Encoding = Encoding> {
  readonly names: readonly string[];
  readonly encoding: E;
  readonly at: number;
}

const takesWords = ({ kind }: Step): boolean => kind === 'category' || kind === 'text' || kind === 'cross';

/** The columns that a step reads, and the place of its inputs in their block. */
export interface PlaceOfStep {
  readonly names: readonly string[];
  readonly block: Encoding['block'];
  readonly at: number;
  readonly width: number;
}

/** The inputs of a row as plain arrays. */
export interface EncodedRow {
  readonly numbers: Float32Array;
  /** A category for each column of the block. */
  readonly codes: Uint32Array;
  /** Values of sparse columns. */
  readonly entries: readonly { readonly column: number; readonly value: number }[];
}

/** Turns rows of a table into inputs of a network: the fitted steps of a pipeline, ready to run. */
export class Encoder {
  readonly steps: readonly FittedStep[];
  /** The columns that are read. */
  readonly columns: readonly string[];
  /** Inputs of the network: the width of `numbers` alone, or blocks by their names. */
  readonly inputs: number | Readonly<Record<string, BlockShape>>;
  /** For each step, where its inputs are. */
  readonly places: readonly PlaceOfStep[];
  readonly #numbers: readonly Placed<NumberEncoding>[];
  readonly #categories: readonly Placed<CategoryEncoding>[];
  readonly #words: readonly Placed<SparseEncoding>[];
  readonly #width: number;
  readonly #entriesWidth: number;
  /** Columns that are read as words but had another type in training, or whose dates were written in another form than ISO 8601. */
  readonly #rewritten: ReadonlyMap<string, { readonly type: TextType; readonly form?: DateForm }>;

  /**
   * @param types The types of the columns in training.
   * @param forms How dates were written in training, for columns of texts other than ISO 8601.
   */
  constructor(
    steps: readonly FittedStep[],
    types: ReadonlyMap<string, ColumnType>,
    forms: ReadonlyMap<string, DateForm>,
  ) {
    this.steps = steps;
    const readAsWords = steps.flatMap(({ name, step }) => (takesWords(step) ? columnsOf(name, step) : []));
    const typed = readAsWords.flatMap((name): [string, { type: TextType }][] => {
      const type = types.get(name) ?? 'word';
      return type === 'word' ? [] : [[name, { type }]];
    });
    const list = steps.map(({ name, step, found }) => {
      const names = columnsOf(name, step);
      return { names, encoding: kindOf(step).encoding(step, found, names) };
    });
    this.columns = [...new Set(list.flatMap(({ names }) => names))];
    const written = this.columns.flatMap((name): [string, { type: TextType; form: DateForm }][] => {
      const form = forms.get(name);
      return form ? [[name, { type: 'date', form }]] : [];
    });
    this.#rewritten = new Map([...typed, ...written]);
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
    const placed = [...numbers.placed, ...codes.placed, ...words.placed];
    this.places = list.map(({ names, encoding }) => {
      const { at } = placed.find((one) => one.encoding === encoding)!;
      return { names, block: encoding.block, at, width: encoding.block === 'codes' ? 1 : encoding.width };
    });
    const blocks: Record<string, BlockShape> = {};
    if (numbers.width > 0) blocks.numbers = numbers.width;
    if (codes.width > 0) blocks.codes = { categories: codes.placed.map(({ encoding }) => encoding.cardinality) };
    if (words.width > 0) blocks.words = { sparse: words.width };
    if (list.length === 0) throw errorWith('ERR_SHAPE', 'no step of the pipeline gives inputs');
    this.inputs = Object.keys(blocks).length === 1 && numbers.width > 0 ? numbers.width : blocks;
  }

  /**
   * The inputs of some rows.
   *
   * @param places The place of each column in the chunk.
   * @throws TypeError, GlissadeError that name the row and the column of a value that is refused.
   */
  encode(given: Chunk, places: ReadonlyMap<string, number>, numberOf: RowNumber): Inputs {
    const chunk = this.#asInTraining(given, places);
    const blocks: Record<string, BlockInputs> = {};
    if (this.#width > 0) {
      const numbers = this.#numbersOf(chunk, places, numberOf);
      if (typeof this.inputs === 'number') return numbers;
      blocks.numbers = { values: numbers, columns: this.#width };
    }
    const width = this.#categories.length;
    if (width > 0) {
      const codes = this.#codesOf(chunk, places, numberOf);
      const cardinalities = this.#categories.map(({ encoding }) => encoding.cardinality);
      blocks.codes = categories({ values: codes, columns: width, cardinalities });
    }
    if (this.#words.length > 0) blocks.words = this.#entries(chunk, places, numberOf);
    return blocks;
  }

  #numbersOf(chunk: Chunk, places: ReadonlyMap<string, number>, numberOf: RowNumber): Float32Array {
    const numbers = newArray(Float32Array, chunk.rows * this.#width);
    for (const { names, encoding, at } of this.#numbers)
      encoding.write(rowsFor(names, places, chunk, numberOf), numbers, at, this.#width);
    return numbers;
  }

  #codesOf(chunk: Chunk, places: ReadonlyMap<string, number>, numberOf: RowNumber): Uint32Array {
    const width = this.#categories.length;
    const codes = newArray(Uint32Array, chunk.rows * width);
    for (const { names, encoding, at } of this.#categories)
      encoding.write(rowsFor(names, places, chunk, numberOf), codes, at, width);
    return codes;
  }

  /** The inputs of a chunk of one row. */
  encodeRow(given: Chunk, places: ReadonlyMap<string, number>, numberOf: RowNumber): EncodedRow {
    const chunk = this.#asInTraining(given, places);
    const entries: { column: number; value: number }[] = [];
    for (const { names, encoding, at } of this.#words)
      encoding.entries(rowsFor(names, places, chunk, numberOf))(0, (column, value) =>
        entries.push({ column: at + column, value }),
      );
    return {
      numbers: this.#numbersOf(chunk, places, numberOf),
      codes: this.#codesOf(chunk, places, numberOf),
      entries,
    };
  }

  /** The sums of the block `numbers` over the rows of a chunk. */
  sumsOf(given: Chunk, places: ReadonlyMap<string, number>, numberOf: RowNumber): Float64Array {
    const numbers = this.#numbersOf(this.#asInTraining(given, places), places, numberOf);
    const sums = new Float64Array(this.#width);
    for (let i = 0; i < numbers.length; ++i) sums[i % this.#width]! += numbers[i]!;
    return sums;
  }

  /** A chunk in which words of columns that had other types in training are written as the values were then. */
  #asInTraining(chunk: Chunk, places: ReadonlyMap<string, number>): Chunk {
    if (this.#rewritten.size === 0) return chunk;
    const all: Column[] = [...chunk.columns];
    for (const [name, { type, form }] of this.#rewritten) {
      const place = places.get(name)!;
      const column = all[place]!;
      if (column.type === 'word') all[place] = rewritten(column, type, form);
    }
    return { rows: chunk.rows, columns: all };
  }

  #entries(chunk: Chunk, places: ReadonlyMap<string, number>, numberOf: RowNumber): Sparse {
    const collector = new RowCollector(this.#entriesWidth);
    const writers = this.#words.map(({ names, encoding, at }) => {
      const push = (column: number, value: number) => collector.push(at + column, value);
      const entries = encoding.entries(rowsFor(names, places, chunk, numberOf));
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
  static from(json: unknown, types: ReadonlyMap<string, ColumnType>, forms: ReadonlyMap<string, DateForm>): Encoder {
    if (!isArray(json)) throw errorWith('ERR_CORRUPT_FILE', 'the steps of the pipeline are not a list');
    return new Encoder(
      json.map((one, i) => {
        const { name, step, found } = one as FittedStep;
        if (typeof name !== 'string' || !isPlainObject(found))
          throw errorWith('ERR_CORRUPT_FILE', `step ${i} of the pipeline is damaged`);
        return { name, step: checkStep(`step ${i}`, step), found };
      }),
      types,
      forms,
    );
  }
}
