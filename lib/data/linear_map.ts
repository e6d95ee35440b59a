import type { Matrix } from '../numbers/matrices.js';

/** A matrix in row-major order, to be applied to many vectors. */
export class LinearMap {
  readonly inputs: number;
  readonly outputs: number;
  readonly data: Float64Array;

  constructor(matrix: Matrix) {
    this.outputs = matrix.rows;
    this.inputs = matrix.columns;
    this.data = Float64Array.from(matrix.to1DArray());
  }

  /** into ← matrix · vector. */
  apply(vector: Float64Array, into: Float64Array): void {
    const { inputs, outputs, data } = this;
    for (let i = 0, place = 0; i < outputs; ++i) {
      let sum = 0;
      for (let j = 0; j < inputs; ++j) sum += data[place++]! * vector[j]!;
      into[i] = sum;
    }
  }
}
