import { EigenvalueDecomposition, Matrix } from '../numbers/matrices.js';
import { floats } from '../numbers/memory.js';
import type { Random } from '../numbers/random.js';
import { add, dot, norm } from '../numbers/vectors.js';

/** A symmetric matrix, given by its products with vectors. */
export interface Operator {
  readonly dimension: number;
  product(vector: Float64Array): Float64Array;
}

/** Ritz values θ: eigenvalues of a matrix restricted to a subspace, ascending, with unit vectors x in the subspace. */
export interface RitzValues {
  readonly values: number[];
  /** ‖Hx − θx‖. An eigenvalue is at most this far from θ. */
  readonly errors: number[];
  /** Squared element of x along the first basis vector. */
  readonly weights: number[];
}

/**
 * The block Lanczos process for a symmetric matrix H. It builds an orthonormal basis in which H is banded, with one
 * product with H per basis vector. It starts from `width` random vectors, so it finds an eigenvalue up to `width` times
 * if its multiplicity is as large. The whole basis is kept, and each new vector is orthogonalised against all of it.
 *
 * @see Ruhe 1979, Mathematics of Computation 33; Golub & Van Loan 2013, Matrix Computations, 10.1 and 10.3; Parlett
 *   1998, The Symmetric Eigenvalue Problem, 13
 */
export class Lanczos {
  readonly #operator: Operator;
  readonly #width: number;
  readonly #random: Random;
  readonly #basis: Float64Array[] = [];
  /** Column j of the band: elements of the product with basis vector j along basis vectors j − width to j + width. */
  readonly #columns: Map<number, number>[] = [];
  #largestProduct = 0;

  constructor(operator: Operator, width: number, random: Random) {
    this.#operator = operator;
    this.#width = Math.min(width, operator.dimension);
    this.#random = random;
    for (let i = 0; i < this.#width; ++i) this.#basis.push(this.#anotherDirection());
  }

  /** Number of products so far. */
  get size(): number {
    return this.#columns.length;
  }

  /** Whether the basis spans the whole space, so that the values are exact. */
  get isComplete(): boolean {
    return this.size === this.#operator.dimension;
  }

  /** Takes one more product. If that gives no new direction, a random vector extends the basis. */
  grow(): void {
    const j = this.size;
    const vector = this.#operator.product(this.#basis[j]!).slice();
    this.#largestProduct = Math.max(this.#largestProduct, norm(vector));
    const column = new Map<number, number>();
    for (let i = Math.max(0, j - this.#width); i < this.#basis.length; ++i)
      column.set(i, takeAway(this.#basis[i]!, vector));
    if (this.#basis.length < this.#operator.dimension) {
      this.#clean(vector);
      const rest = norm(vector);
      const isNew = rest > this.#operator.dimension * Number.EPSILON * this.#largestProduct;
      column.set(this.#basis.length, isNew ? rest : 0);
      this.#basis.push(isNew ? vector.map((x) => x / rest) : this.#anotherDirection());
    }
    this.#columns.push(column);
  }

  ritzValues(): RitzValues {
    const { size } = this;
    const band = Matrix.zeros(size, size);
    for (const [j, column] of this.#columns.entries()) for (const [i, x] of column) if (i < size) band.set(i, j, x);
    const symmetric = band.add(band.transpose()).mul(0.5);
    const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(symmetric, {
      assumeSymmetric: true,
    });
    return {
      values,
      errors: values.map((_, k) => this.#residual(vectors.getColumn(k))),
      weights: values.map((_, k) => vectors.get(0, k) ** 2),
    };
  }

  /**
   * ‖Hx − θx‖ for a vector x with the given elements in the basis: the norm of Hx along basis vectors that have no
   * product yet.
   */
  #residual(elements: readonly number[]): number {
    const { size } = this;
    const beyond = this.#basis.slice(size).map((_, k) => {
      let sum = 0;
      for (let j = Math.max(0, size - this.#width); j < size; ++j)
        sum += (this.#columns[j]!.get(size + k) ?? 0) * elements[j]!;
      return sum;
    });
    return norm(beyond);
  }

  #clean(vector: Float64Array): void {
    for (const direction of this.#basis) takeAway(direction, vector);
  }

  #anotherDirection(): Float64Array {
    const vector = floats('float64', this.#operator.dimension) as Float64Array;
    for (let i = 0; i < vector.length; ++i) vector[i] = this.#random.normal();
    this.#clean(vector);
    this.#clean(vector); // if little is left after the first time, rounding is much of it
    const length = norm(vector);
    return vector.map((x) => x / length);
  }
}

/** Subtracts from a vector its component along a unit vector, and returns the length of that. */
function takeAway(direction: Float64Array, vector: Float64Array): number {
  const share = dot(direction, vector);
  add(vector, -share, direction);
  return share;
}
