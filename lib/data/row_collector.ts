import { addon, type NativeSparseTable } from '../addon/index.js';
import { errorWith, newArray } from '../errors.js';

/** Entries or rows per transfer to the native side. This many entries fit into the second-level cache. */
const most = 1 << 15;

/** The error for values that are not finite: their number, and the value and position of the first. */
export function nonFiniteError(name: string, count: number, value: number, row: number, column: number): Error {
  return errorWith('ERR_NON_FINITE', addon.nonFiniteSentence(name, count, String(value), row, column));
}

/** Collects sparse rows and passes them in chunks to the native side, which sorts their entries. */
export class RowCollector {
  readonly columns: number;
  readonly #native;
  #indices = new Uint32Array(64);
  #values = new Float32Array(64);
  #offsets = new Float64Array(64);
  #rows = 0;
  #entries = 0;
  #areOnes = true;
  #rowsBefore = 0;

  constructor(columns: number) {
    this.columns = columns;
    this.#native = new addon.SparseBuilder(columns);
  }

  /** Number of complete rows since the last `build`. */
  get rows(): number {
    return this.#rowsBefore + this.#rows;
  }

  /** Adds an entry to the current row. Assumes column < columns. */
  push(column: number, value: number): void {
    const entry = this.#entries;
    if (entry === this.#indices.length) this.#growEntries();
    this.#indices[entry] = column;
    this.#values[entry] = value;
    if (value !== 1) this.#areOnes = false;
    this.#entries = entry + 1;
  }

  endRow(): void {
    if (this.#rows + 1 === this.#offsets.length) this.#offsets = enlarged(this.#offsets);
    this.#rows += 1;
    this.#offsets[this.#rows] = this.#entries;
    if (this.#entries >= most || this.#rows >= most) this.#flush();
  }

  /** Discards the current row. */
  dropRow(): void {
    this.#entries = this.#offsets[this.#rows]!;
  }

  /**
   * Returns the rows so far, and empties the collector.
   *
   * @throws RangeError `ERR_SHAPE` if there are none.
   */
  build(): NativeSparseTable {
    if (this.rows === 0) throw errorWith('ERR_SHAPE', 'there are no rows');
    this.#flush();
    this.#rowsBefore = 0;
    return this.#native.build();
  }

  #flush(): void {
    const [rows, entries] = [this.#rows, this.#entries];
    const values = this.#areOnes ? undefined : this.#values.subarray(0, entries);
    this.#native.append(this.#offsets, rows, this.#indices.subarray(0, entries), values);
    this.#rowsBefore += rows;
    this.#rows = this.#entries = 0;
    this.#areOnes = true;
  }

  #growEntries(): void {
    const larger = [enlarged(this.#indices), enlarged(this.#values)] as const; // both or neither
    [this.#indices, this.#values] = larger;
  }
}

type NumbersClass<Numbers> = { new (length: number): Numbers; BYTES_PER_ELEMENT: number };

function enlarged<Numbers extends Uint32Array | Float32Array | Float64Array>(numbers: Numbers): Numbers {
  const larger = newArray(numbers.constructor as NumbersClass<Numbers>, 2 * numbers.length);
  larger.set(numbers);
  return larger;
}
