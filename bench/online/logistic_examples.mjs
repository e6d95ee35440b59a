import { hashedNormal, sigmoid, uniforms } from './random.mjs';

const seed = 1;
const weightSeed = 0x5bd1e995;
const logitDeviation = 1.5;

/** Variance of a uniform number from −1 to 1. */
const variance = 1 / 3;

/** A weight of the model, for logits that are sums over `count` uniform numbers from −1 to 1. */
const weightOf = (column, count) => (hashedNormal(column, weightSeed) * logitDeviation) / Math.sqrt(count * variance);

/** Uniform numbers from −1 to 1 in all columns, and labels drawn from the model. */
export function denseExamples(rows, columns) {
  const uniform = uniforms(seed);
  const weights = Float64Array.from({ length: columns }, (_, column) => weightOf(column, columns));
  const inputs = new Float32Array(rows * columns);
  const targets = new Uint8Array(rows);
  for (let row = 0, i = 0; row < rows; ++row) {
    let logit = 0;
    for (let column = 0; column < columns; ++column, ++i) {
      inputs[i] = 2 * uniform() - 1;
      logit += weights[column] * inputs[i];
    }
    targets[row] = Number(uniform() < sigmoid(logit));
  }
  return { inputs, targets };
}

/** Uniform numbers from −1 to 1 in CSR, one in each of `entries` ranges of columns, and labels drawn from the model. */
export function sparseExamples(rows, columns, entries) {
  const uniform = uniforms(seed);
  const offsets = Float64Array.from({ length: rows + 1 }, (_, row) => row * entries);
  const indices = new Uint32Array(rows * entries);
  const values = new Float32Array(rows * entries);
  const targets = new Uint8Array(rows);
  for (let row = 0, i = 0; row < rows; ++row) {
    let logit = 0;
    for (let k = 0; k < entries; ++k, ++i) {
      indices[i] = Math.floor(((k + uniform()) * columns) / entries);
      values[i] = 2 * uniform() - 1;
      logit += weightOf(indices[i], entries) * values[i];
    }
    targets[row] = Number(uniform() < sigmoid(logit));
  }
  return { offsets, indices, values, targets };
}
