const dimension = 100;

/** Numbers in [0, 1), always the same (SplitMix32). */
function uniform(/** @type {number} */ seed) {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let x = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}
const draw = uniform(2019);

/** In DeepOBS, 90 % of the eigenvalues lie between 0 and 1 and 10 % between 30 and 60. */
export const eigenvalues = Float64Array.from({ length: dimension }, (_, i) =>
  i < 0.9 * dimension ? draw() : 30 + 30 * draw(),
);

/** Orthonormal vectors of random direction: of normal numbers, by Gram and Schmidt. */
function directions() {
  const normal = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  /** @type {Float64Array[]} */
  const vectors = [];
  while (vectors.length < dimension) {
    const vector = Float64Array.from({ length: dimension }, normal);
    for (
      let pass = 0;
      pass < 2;
      ++pass // once more against rounding
    )
      for (const other of vectors) {
        const product = dot(vector, other);
        for (let i = 0; i < dimension; ++i) vector[i] -= product * other[i];
      }
    const norm = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map((x) => x / norm));
  }
  return vectors;
}

/** @param {Float64Array} a @param {Float64Array} b */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; ++i) sum += a[i] * b[i];
  return sum;
}

function rotated() {
  const vectors = directions();
  return Array.from({ length: dimension }, (_, i) =>
    Float64Array.from({ length: dimension }, (_, j) =>
      vectors.reduce((sum, vector, k) => sum + eigenvalues[k] * vector[i] * vector[j], 0),
    ),
  );
}
const hessian = rotated();

const difference = new Float64Array(dimension);

/**
 * f = ½(x − 1)ᵀA(x − 1) in 100 dimensions, whose A has the eigenvalues above and random axes: the problem `quadratic_deep` of
 * DeepOBS (Schneider, Balles & Hennig 2019, https://arxiv.org/abs/1903.05499) without its noise, with its start as far from the
 * minimum, and with the minimum moved away from 0, where weight decay leads by itself.
 *
 * @type {import('./functions.mjs').TestFunction}
 */
export const quadratic = {
  name: 'quadratic',
  title: 'Quadratic',
  shape: [10, 10],
  start: Array(dimension).fill(2),
  minima: [Array(dimension).fill(1)],
  least: 0,
  at(x, gradient) {
    for (let i = 0; i < dimension; ++i) difference[i] = x[i] - 1;
    for (let i = 0; i < dimension; ++i) gradient[i] = dot(hessian[i], difference);
    return dot(difference, gradient) / 2;
  },
};
