import { type Activation, dense, type FloatArray, type Network, network } from '../../index.js';
import { Matrix } from '../../numbers/matrices.js';

/** A float64 network without biases. `widths` go from the inputs to the outputs; hidden layers have the activation. */
export function layered(widths: readonly number[], activation: Activation = 'identity'): Network {
  const [inputs, ...outputs] = widths as [number, ...number[]];
  const layers = outputs.map((width, i) =>
    dense(width, { bias: false, activation: i < outputs.length - 1 ? activation : 'identity' }),
  );
  return network({ inputs, layers, type: 'float64' });
}

/** W of each layer as in papers, with a row for each output. `flat` holds the parameters or their gradient. */
export function matricesOf(model: Network, flat: FloatArray = model.parameters): Matrix[] {
  const { byteOffset, BYTES_PER_ELEMENT } = model.parameters;
  return [...model.tensors.values()].map(({ data, shape }) => {
    const begin = (data.byteOffset - byteOffset) / BYTES_PER_ELEMENT;
    return matrix(shape[0]!, shape[1]!, flat.subarray(begin, begin + data.length)).transpose();
  });
}

export function setMatrices(model: Network, matrices: readonly Matrix[]): void {
  for (const [i, { data }] of [...model.tensors.values()].entries()) data.set(matrices[i]!.transpose().to1DArray());
}

/** The matrices of two layers, or others of their shapes, m × k and k × n. */
export interface TwoLayers {
  readonly q: Matrix;
  readonly w: Matrix;
}

/** A matrix of row-major values. */
export const matrix = (rows: number, columns: number, values: FloatArray): Matrix =>
  Matrix.from1DArray(rows, columns, values as Float64Array);

/** Items and their targets, row-major. */
export interface Items {
  readonly inputs: Float64Array;
  readonly columns: number;
  readonly targets: Float64Array;
  readonly targetColumns: number;
}

/** Orthogonal items, Σxxᵀ = I: item i is the ith unit vector, and its target is column i of Σ³¹ = Σyxᵀ. */
export const orthogonalItems = (correlation: Matrix): Items => ({
  inputs: Float64Array.from(Matrix.eye(correlation.columns).to1DArray()),
  columns: correlation.columns,
  targets: Float64Array.from(correlation.transpose().to1DArray()),
  targetColumns: correlation.rows,
});

/** η for the mean loss over items. The paper's step is −½λ times the gradient of the sum over items. */
export const learningRateOf = (lambda: number, items: number): number => (lambda * items) / 2;
