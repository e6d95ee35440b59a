import { hashedNormal, mixed, sigmoid, uniforms } from './random.mjs';

const seed = 2;
const columnSeed = 0x9747b28c;
const weightSeed = 0x5bd1e995;

const fields = 26;
const smallest = 10; // number of categories of the first field,
const largest = 10_000_000; // and of the last one; those in between grow by a factor
const exponent = 1.1;
const bias = -2.1; // about every fifth example is a click

/** Standard deviation of the weights of a field. More categories make each of them matter less. */
const deviationOf = (categories) => 0.8 * categories ** -0.25;

/**
 * A stream of clicks. Each example has one category of each field, hashed into a column with the value 1. A logistic
 * model of the categories decides whether it is a click. The least possible log loss is therefore known: it is the
 * entropy.
 *
 * The probability of category k of a field is ∝ ∫ x^−1.1 dx from k to k + 1 (Zipf and Mandelbrot's law): the first few
 * categories make up most of a field, and most categories are rare. Weights are computed from hashes, so that no table
 * is needed.
 */
export function clicks(rows, columns) {
  const uniform = uniforms(seed);
  const counts = Array.from({ length: fields }, (_, field) =>
    Math.round(smallest * (largest / smallest) ** (field / (fields - 1))),
  );
  const firsts = counts.map((_, field) => counts.slice(0, field).reduce((a, b) => a + b, 0)); // keys of categories
  const deviations = counts.map(deviationOf);
  const spans = counts.map((count) => 1 - (count + 1) ** (1 - exponent));
  const offsets = new Float64Array(rows + 1);
  const indices = new Uint32Array(rows * fields);
  const targets = new Uint8Array(rows);
  const isSeen = new Uint8Array(columns);
  let entropy = 0;
  let touched = 0;
  for (let row = 0, i = 0; row < rows; ++row) {
    let logit = bias;
    for (let field = 0; field < fields; ++field, ++i) {
      const category = Math.floor((1 - uniform() * spans[field]) ** (1 / (1 - exponent))) - 1;
      const key = firsts[field] + Math.min(category, counts[field] - 1); // in case of rounding up
      logit += deviations[field] * hashedNormal(key, weightSeed);
      let column = mixed(key ^ columnSeed) % columns;
      while (occurs(column, indices, i - field, i)) column = (column + 1) % columns; // so that all values are 1
      indices[i] = column;
      if (isSeen[column] === 0) ++touched;
      isSeen[column] = 1;
    }
    offsets[row + 1] = i;
    const p = sigmoid(logit);
    entropy -= p * Math.log(p) + (1 - p) * Math.log1p(-p);
    targets[row] = Number(uniform() < p);
  }
  return { examples: { offsets, indices, targets }, entropy: entropy / rows, touched };
}

function occurs(column, indices, begin, end) {
  for (let i = begin; i < end; ++i) if (indices[i] === column) return true;
  return false;
}
