/** Values that are kept at most. */
const most = 1 << 16;

/** Keeps values at equal distances of a stream whose length isn't known: every value at first, then every second, …. */
export class Sample {
  #values: number[] = [];
  #distance = 1;
  #seen = 0;

  add(value: number): void {
    if (this.#seen % this.#distance === 0) {
      if (this.#values.length === most) {
        this.#values = this.#values.filter((_, i) => i % 2 === 0);
        this.#distance *= 2;
      }
      if (this.#seen % this.#distance === 0) this.#values.push(value);
    }
    this.#seen += 1;
  }

  /** The values, in ascending order. */
  sorted(): Float64Array {
    return Float64Array.from(this.#values).sort();
  }
}
