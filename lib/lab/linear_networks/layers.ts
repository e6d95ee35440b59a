import { Matrix } from 'ml-matrix';
import type { FloatArray } from '../../addon/index.js';
import { dense } from '../../layers/dense.js';
import type { Activation } from '../../layers/layer.js';
import { type Network, network } from '../../training/network.js';

/** Layers without biases, in float64, of these widths from the inputs to the outputs; the activation is of those between. */
export function layered(widths: readonly number[], activation: Activation = 'identity'): Network {
  const [inputs, ...outputs] = widths as [number, ...number[]];
  const layers = outputs.map((width, i) =>
    dense(width, { bias: false, activation: i < outputs.length - 1 ? activation : 'identity' }),
  );
  return network({ inputs, layers, type: 'float64' });
}

/** The W of each layer, as papers have it: a row for each output. `flat` is as long as the parameters: these, or their gradient. */
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

/** The matrices of two layers, or what is of their shapes: m × k and k × n. */
export interface TwoLayers {
  readonly q: Matrix;
  readonly w: Matrix;
}

/** Row after row. */
export const matrix = (rows: number, columns: number, values: FloatArray): Matrix =>
  Matrix.from1DArray(rows, columns, values as Float64Array);

/** Items and what belongs to each, row after row. */
export interface Items {
  readonly inputs: Float64Array;
  readonly columns: number;
  readonly targets: Float64Array;
  readonly targetColumns: number;
}

/** Items at right angles, Σxxᵀ = I: item i is the i-th unit vector, and what belongs to it is column i of Σ³¹ = Σyxᵀ. */
export const orthogonalItems = (correlation: Matrix): Items => ({
  inputs: Float64Array.from(Matrix.eye(correlation.columns).to1DArray()),
  columns: correlation.columns,
  targets: Float64Array.from(correlation.transpose().to1DArray()),
  targetColumns: correlation.rows,
});

/** η of the mean loss over items that is the paper's λ, whose step is −½λ times the gradient of their sum. */
export const learningRateOf = (lambda: number, items: number): number => (lambda * items) / 2;
