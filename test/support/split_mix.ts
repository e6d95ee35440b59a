const increment = 0x9e3779b97f4a7c15n;
const bits64 = (x: bigint) => BigInt.asUintN(64, x);

function mix(z: bigint): bigint {
  z = bits64((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = bits64((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

const uses = ['split', 'weights', 'order', 'dropout'] as const;

/** SplitMix64 (Steele, Lea & Flood 2014). Its numbers for a seed must never change. */
export class SplitMix {
  #state: bigint;

  constructor(seed: number | bigint, use: (typeof uses)[number], number: number) {
    const stream = BigInt(4 * number + uses.indexOf(use));
    this.#state = mix(bits64(BigInt(seed)) ^ mix(bits64(stream + increment)));
  }

  next(): bigint {
    this.#state = bits64(this.#state + increment);
    return mix(this.#state);
  }

  /** A number in [0, 1) of 53 bits. */
  uniform(): number {
    return Number(this.next() >> 11n) / 2 ** 53;
  }

  /** One of 0, …, n − 1 (Lemire 2019). */
  below(n: number): number {
    const threshold = 2n ** 32n % BigInt(n);
    for (;;) {
      const product = (this.next() >> 32n) * BigInt(n);
      if (BigInt.asUintN(32, product) >= threshold) return Number(product >> 32n);
    }
  }

  /** A permutation of 0, …, n − 1 (Fisher & Yates). */
  permutation(n: number): number[] {
    const order = Array.from({ length: n }, (_, i) => i);
    for (let left = n; left > 1; --left) {
      const chosen = this.below(left);
      [order[left - 1], order[chosen]] = [order[chosen]!, order[left - 1]!];
    }
    return order;
  }
}
