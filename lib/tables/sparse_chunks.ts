import { addon } from '../addon/index.js';
import { internal } from '../checks/internal.js';
import { Sparse } from '../data/sparse.js';
import { allocated } from '../errors.js';

/** The most entries and rows of a chunk. */
const size = 2 ** 18;

interface Chunk {
  indices: Uint32Array;
  values: Float32Array;
  offsets: Float64Array;
  rows: number;
}

/** Collects sparse rows whose number of columns is known only at the end, in 8 bytes for each entry and row. */
export class SparseChunks {
  readonly #full: Chunk[] = [];
  #indices = new Uint32Array(size);
  #values = new Float32Array(size);
  #offsets = new Float64Array(size + 1);
  #entries = 0;
  #rows = 0;
  #areOnes = true;

  push(index: number, value: number): void {
    if (this.#entries === this.#indices.length) this.#grow();
    this.#indices[this.#entries] = index;
    this.#values[this.#entries] = value;
    if (value !== 1) this.#areOnes = false;
    this.#entries += 1;
  }

  endRow(): void {
    this.#rows += 1;
    this.#offsets[this.#rows] = this.#entries;
    if (this.#rows === size || this.#entries >= size) this.#cut();
  }

  /**
   * The rows. Their indices begin at `first`. Chunks are freed as they are copied.
   *
   * @throws RangeError `ERR_OUT_OF_RANGE` if there is no memory.
   */
  build(columns: number, first: 0 | 1): Sparse {
    this.#cut();
    const native = new addon.SparseBuilder(columns);
    for (let chunk = this.#full.shift(); chunk; chunk = this.#full.shift()) {
      const { indices, values, offsets, rows } = chunk;
      if (first === 1) for (let i = 0; i < indices.length; ++i) indices[i]! -= 1;
      native.append(offsets, rows, indices, this.#areOnes ? undefined : values);
    }
    return new Sparse(internal, native.build());
  }

  #cut(): void {
    if (this.#rows === 0) return;
    const [entries, rows] = [this.#entries, this.#rows];
    const bytes = 8 * (entries + rows + 1);
    this.#full.push(
      allocated(bytes, () => ({
        indices: this.#indices.slice(0, entries),
        values: this.#values.slice(0, entries),
        offsets: this.#offsets.slice(0, rows + 1),
        rows,
      })),
    );
    this.#entries = this.#rows = 0;
  }

  #grow(): void {
    const length = 2 * this.#indices.length;
    allocated(8 * length, () => {
      const [indices, values] = [new Uint32Array(length), new Float32Array(length)];
      indices.set(this.#indices);
      values.set(this.#values);
      [this.#indices, this.#values] = [indices, values];
    });
  }
}
