import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { floats } from '../numbers/memory.js';
import type { Random } from '../numbers/random.js';
import { add, dot, norm } from '../numbers/vectors.js';

/** A symmetric matrix, as what it does to a vector. */
export interface Operator {
  readonly dimension: number;
  product(vector: Float64Array): Float64Array;
}

/** The eigenvalues θ of a matrix as seen from a subspace, ascending, with vectors x in it. */
export interface RitzValues {
  readonly values: number[];
  /** ‖Hx − θx‖: no further from θ is an eigenvalue. */
  readonly errors: number[];
  /** The square of what x has of the first basis vector. */
  readonly weights: number[];
}

/**
 * The Lanczos process for a symmetric matrix H: an orthonormal basis in which H is a band, grown by one product with H at a time. It
 * begins with `width` random vectors, and so finds an eigenvalue up to `width` times, if it is there as often. The whole basis is
 * kept, and what rounding leaves of it in a new vector is taken away.
 *
 * @see Ruhe 1979, Mathematics of Computation 33; Golub & Van Loan 2013, Matrix Computations, 10.1 and 10.3;
 *   Parlett 1998, The Symmetric Eigenvalue Problem, 13
 */
export class Lanczos {
  readonly #operator: Operator;
  readonly #width: number;
  readonly #random: Random;
  readonly #basis: Float64Array[] = [];
  /** Column j: what the product with basis vector j has of basis vectors j − width to j + width. */
  readonly #columns: Map<number, number>[] = [];
  #largestProduct = 0;

  constructor(operator: Operator, width: number, random: Random) {
    this.#operator = operator;
    this.#width = Math.min(width, operator.dimension);
    this.#random = random;
    for (let i = 0; i < this.#width; ++i) this.#basis.push(this.#anotherDirection());
  }

  /** How many products were taken. */
  get size(): number {
    return this.#columns.length;
  }

  /** Whether the basis spans all there is, so that the values are exact. */
  get isComplete(): boolean {
    return this.size === this.#operator.dimension;
  }

  /** Takes one more product. Where that leads nowhere new, the basis goes on with a random vector. */
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

  /** ‖Hx − θx‖ for the vector x of θ, whose elements in the basis are given: what Hx has of basis vectors beyond it. */
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
    this.#clean(vector); // little may be left after the first time, and then rounding is much of it
    const length = norm(vector);
    return vector.map((x) => x / length);
  }
}

/** Takes from a vector what it has of a unit vector, and returns how much that was. */
function takeAway(direction: Float64Array, vector: Float64Array): number {
  const share = dot(direction, vector);
  add(vector, -share, direction);
  return share;
}
