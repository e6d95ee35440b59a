import { quadratic } from './quadratic.mjs';

/**
 * @typedef {object} TestFunction
 * @property {string} name
 * @property {string} title
 * @property {readonly number[]} shape Rules that work on matrices take its variables as one.
 * @property {readonly number[]} start
 * @property {readonly (readonly number[])[]} minima Where it is least.
 * @property {number} least Its value there.
 * @property {(x: Float64Array, gradient: Float64Array) => number} at Its value; writes the gradient.
 */

/** f = (1 − x)² + 100(y − x²)²: a bent valley (Rosenbrock 1960). @type {TestFunction} */
const rosenbrock = {
  name: 'rosenbrock',
  title: 'Rosenbrock',
  shape: [1, 2],
  start: [-1.2, 1],
  minima: [[1, 1]],
  least: 0,
  at([x, y], gradient) {
    const a = 1 - x;
    const b = y - x * x;
    gradient[0] = -2 * a - 400 * x * b;
    gradient[1] = 200 * b;
    return a * a + 100 * b * b;
  },
};

/** f = (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²: plateaus (Beale 1958). @type {TestFunction} */
const beale = {
  name: 'beale',
  title: 'Beale',
  shape: [1, 2],
  start: [1, 1],
  minima: [[3, 0.5]],
  least: 0,
  at([x, y], gradient) {
    gradient.fill(0);
    let sum = 0;
    for (const [power, constant] of [1.5, 2.25, 2.625].entries()) {
      const term = constant - x + x * y ** (power + 1);
      gradient[0] += 2 * term * (y ** (power + 1) - 1);
      gradient[1] += 2 * term * (power + 1) * x * y ** power;
      sum += term * term;
    }
    return sum;
  },
};

/** f = (y − 5.1x²/4π² + 5x/π − 6)² + 10(1 − 1/8π)cos x + 10: three minima of one depth (Branin 1972). @type {TestFunction} */
const branin = {
  name: 'branin',
  title: 'Branin',
  shape: [1, 2],
  start: [2.5, 7.5],
  minima: [
    [-Math.PI, 12.275],
    [Math.PI, 2.275],
    [3 * Math.PI, 2.475],
  ],
  least: 5 / (4 * Math.PI),
  at([x, y], gradient) {
    const curve = 5.1 / (4 * Math.PI ** 2);
    const wave = 10 * (1 - 1 / (8 * Math.PI));
    const term = y - curve * x * x + (5 / Math.PI) * x - 6;
    gradient[0] = 2 * term * (5 / Math.PI - 2 * curve * x) - wave * Math.sin(x);
    gradient[1] = 2 * term;
    return term * term + wave * Math.cos(x) + 10;
  },
};

/** f = (x² + y − 11)² + (x + y² − 7)²: four minima, one of them at whole numbers (Himmelblau 1972). @type {TestFunction} */
const himmelblau = {
  name: 'himmelblau',
  title: 'Himmelblau',
  shape: [1, 2],
  start: [0, 0],
  minima: [
    [3, 2],
    [-2.805118086952745, 3.131312518250573],
    [-3.779310253377747, -3.283185991286169],
    [3.584428340330492, -1.848126526964404],
  ],
  least: 0,
  at([x, y], gradient) {
    const a = x * x + y - 11;
    const b = x + y * y - 7;
    gradient[0] = 4 * x * a + 2 * b;
    gradient[1] = 2 * a + 4 * y * b;
    return a * a + b * b;
  },
};

/** f = Σ(x − 1)², in 100 dimensions. Its minimum is not 0, where weight decay leads by itself. @type {TestFunction} */
const sphere = {
  name: 'sphere',
  title: 'Sphere',
  shape: [10, 10],
  start: Array.from({ length: 100 }, (_, i) => 1 + (i + 1) / 100),
  minima: [Array(100).fill(1)],
  least: 0,
  at(x, gradient) {
    let sum = 0;
    for (let i = 0; i < x.length; ++i) {
      const difference = x[i] - 1;
      gradient[i] = 2 * difference;
      sum += difference * difference;
    }
    return sum;
  },
};

/** @type {readonly TestFunction[]} */
export const functions = [sphere, quadratic, rosenbrock, beale, himmelblau, branin];
