import { random } from '../support/numbers';

/** Random choices for mutations, the same for the same seed. */
export class Draw {
  readonly #uniform: () => number;

  constructor(seed: number) {
    this.#uniform = random(seed);
  }

  /** A whole number from 0 to `end` − 1. */
  below(end: number): number {
    return Math.floor(this.#uniform() * end);
  }

  chance(probability: number): boolean {
    return this.#uniform() < probability;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** A position in something of this length, more often close to the beginning. */
  position(length: number): number {
    return this.chance(0.5) ? this.below(length) : this.below(Math.min(length, 64));
  }
}
