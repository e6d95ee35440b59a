const { imul } = Math; // a local constant: in the realms of Jest, reading a global takes 300 ns

/** Random numbers that depend on the seed alone (SplitMix32, after Steele, Lea & Flood 2014). */
export class Random {
  #state: number;

  /** @param seed Any number. Its integer part counts, modulo 2³². */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A uniform number in [0, 1), of 32 random bits. */
  uniform(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let x = imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    x = imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  }

  /** A uniform integer in [0, count). */
  index(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** A normal number with mean 0 and variance 1 (Box & Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** `count` normal numbers. */
  normals(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => this.normal());
  }

  /** A random permutation of 0, …, count − 1 (Fisher & Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; --i) {
      const j = this.index(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
