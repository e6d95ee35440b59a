/** The most values of a sample. */
const most = 1 << 16;

/** Values of a stream at equal distances. */
export interface SampleKnown {
  readonly values: Float64Array;
  readonly distance: number;
}

/** Samples a stream of unknown length at equal distances: every value at first, then every second one, and so on. */
export class Sample {
  #values: number[] = [];
  #distance = 1;
  #seen = 0;

  add(value: number): void {
    if (this.#seen % this.#distance === 0) {
      if (this.#values.length === most) this.#thin();
      if (this.#seen % this.#distance === 0) this.#values.push(value);
    }
    this.#seen += 1;
  }

  #thin(): void {
    this.#values = this.#values.filter((_, i) => i % 2 === 0);
    this.#distance *= 2;
  }

  /** Values to merge with those of other streams; all `streams` together have twice as many as a sample. */
  known(streams: number): SampleKnown {
    const sample = Sample.merged([{ values: Float64Array.from(this.#values), distance: this.#distance }]);
    while (sample.#values.length > (2 * most) / streams) sample.#thin();
    return { values: Float64Array.from(sample.#values), distance: sample.#distance };
  }

  /** A sample of all values of some streams. */
  static merged(all: readonly SampleKnown[]): Sample {
    const sample = new Sample();
    sample.#distance = Math.max(1, ...all.map(({ distance }) => distance));
    for (const { values, distance } of all)
      for (let i = 0; i < values.length; i += sample.#distance / distance) sample.#values.push(values[i]!);
    while (sample.#values.length > most) sample.#thin();
    return sample;
  }

  /** The values, in ascending order. */
  sorted(): Float64Array {
    return Float64Array.from(this.#values).sort();
  }
}
