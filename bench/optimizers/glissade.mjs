// Prints the median time of an optimizer's step in µs. See `options` for its arguments.
import { parseArgs } from 'node:util';
import { Optimizer } from 'glissade';
import { medianTime } from '../median_time.mjs';

const { values: options } = parseArgs({
  options: {
    rule: { type: 'string', default: 'adam' },
    options: { type: 'string', default: '{}' }, // of the rule, as JSON
    shape: { type: 'string', default: '16384' }, // of each array: 16384 or 1024x1024
    arrays: { type: 'string', default: '1' },
    gradients: { type: 'string', default: 'same' }, // or 'fresh' for new ones at each step; or a number of touched rows
    fill: { type: 'string' }, // number written to all elements before each step
    state: { type: 'string', default: 'full' },
    sparse: { type: 'string', default: 'exact' }, // how rows without a gradient are treated
  },
});
const shape = options.shape.split('x').map(Number);
const length = shape.reduce((a, b) => a * b);

/** `n` numbers of(1), of(2), …, repeated with a period of 65,536. */
function numbers(n, of) {
  const array = new Float32Array(n);
  const period = Math.min(n, 1 << 16);
  for (let i = 0; i < period; ++i) array[i] = of(i + 1);
  for (let i = period; i < n; i *= 2) array.copyWithin(i, 0, Math.min(i, n - i));
  return array;
}
const list = (of) => Array.from({ length: Number(options.arrays) }, () => numbers(length, of));

const parameters = list(Math.sin);
const optimizer = new Optimizer(
  parameters.map((data) => ({ data, shape })),
  { name: options.rule, ...JSON.parse(options.options) },
  { state: options.state, ...(options.sparse === 'exact' ? {} : { sparse: options.sparse }) },
);

/** Returns a function that makes sparse gradients of `count` rows, different at each step. */
function sparse(count) {
  const [rows, columns] = shape;
  const values = numbers(count * columns, Math.cos);
  let row = 0;
  return () => {
    const touched = Uint32Array.from({ length: count }, () => {
      row = (row + 7919) % rows; // a prime: all rows in turn, far from each other
      return row;
    });
    return [{ rows: touched, values, columns }];
  };
}

/** Returns a function that prepares the gradients of the next step. */
function gradientsOf(kind) {
  if (Number(kind) > 0) return sparse(Number(kind));
  const gradients = list(Math.cos);
  if (kind === 'fresh') return () => gradients.map((gradient) => Float32Array.from(gradient));
  if (options.fill === undefined) return () => gradients;
  const everything = [...parameters, ...gradients, ...[...optimizer.state.values()].flat()];
  return () => {
    for (const array of everything) array.fill(Number(options.fill));
    return gradients;
  };
}
console.log(medianTime(gradientsOf(options.gradients), (gradients) => optimizer.step(gradients)));
