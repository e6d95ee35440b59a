import { Matrix } from '../../numbers/matrices.js';
import { dot, norm } from '../vectors.js';
import type { TwoLayers } from './layers.js';

/** The vectors of Q̃ and W̃ for each mode r, as on the slides: q_r is row r of Q̃, w_r column r of W̃. */
export class ModeVectors {
  readonly #q: readonly number[][];
  readonly #w: readonly number[][];
  readonly #sigma: readonly number[];

  constructor({ q, w }: TwoLayers, sigma: readonly number[]) {
    this.#q = q.to2DArray();
    this.#w = w.transpose().to2DArray();
    this.#sigma = sigma;
  }

  /** q_s·w_r. */
  product(s: number, r: number): number {
    return dot(this.#q[s]!, this.#w[r]!);
  }

  /** The cosine of the angle between q_s and w_r. */
  cosine(s: number, r: number): number {
    return this.product(s, r) / (norm(this.#q[s]!) * norm(this.#w[r]!));
  }

  /** Σ_r (q_r·w_r − σ_r)². */
  cooperation(): number {
    return this.#sigma.reduce((sum, sigma, r) => sum + (this.product(r, r) - sigma) ** 2, 0);
  }

  /** Σ_{s≠r} (q_s·w_r)², over the first `count` rows and columns, or over all. */
  competition(count = Infinity): number {
    const [rows, columns] = [this.#q, this.#w].map(({ length }) => Math.min(length, count)) as [number, number];
    let sum = 0;
    for (let s = 0; s < rows; ++s) for (let r = 0; r < columns; ++r) if (s !== r) sum += this.product(s, r) ** 2;
    return sum;
  }

  /**
   * ½∇R: (q_r·w_r − σ_r)w_r + Σ_{s≠r} (q_r·w_s)w_s for each q_r, and (q_r·w_r − σ_r)q_r + Σ_{s≠r} (q_s·w_r)q_s for each
   * w_r. The first terms come from cooperation, the sums from competition.
   */
  halfGradient(): TwoLayers {
    const share = (s: number, r: number) => this.product(s, r) - (s === r ? this.#sigma[r]! : 0);
    const ofQ = this.#q.map((_, r) => combined(this.#w, (s) => share(r, s)));
    const ofW = this.#w.map((_, r) => combined(this.#q, (s) => share(s, r)));
    return { q: new Matrix(ofQ), w: new Matrix(ofW).transpose() };
  }
}

/** Σ_s c_s·v_s. */
function combined(vectors: readonly number[][], coefficient: (s: number) => number): number[] {
  const coefficients = vectors.map((_, s) => coefficient(s));
  return vectors[0]!.map((_, i) => vectors.reduce((sum, vector, s) => sum + coefficients[s]! * vector[i]!, 0));
}
