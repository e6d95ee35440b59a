import type { FloatArray, Problem } from '../../index.js';

/** f = (1 − x)² + b(y − x²)²: a bent valley (Rosenbrock 1960), narrower for larger b. */
const bent = <Name extends string>(name: Name, steepness: number, start: readonly [x: number, y: number]) =>
  ({
    name,
    shape: [1, 2],
    start,
    minima: [[1, 1]],
    least: 0,
    objective(theta, gradient) {
      const [x, y] = theta as unknown as [number, number];
      const across = y - x * x;
      gradient[0] = -2 * (1 - x) - 4 * steepness * x * across;
      gradient[1] = 2 * steepness * across;
      return (1 - x) * (1 - x) + steepness * across * across;
    },
  }) as const satisfies Problem;

/** With Rosenbrock's b. */
export const rosenbrock = bent('Rosenbrock', 100, [-1.2, 1]);

/** b = 20. */
export const bentValley = bent('Bent valley', 20, [-1, 0.5]);

/** f = (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²: plateaus (Beale 1958). */
export const beale = {
  name: 'Beale',
  shape: [1, 2],
  start: [1, 1],
  minima: [[3, 0.5]],
  least: 0,
  objective(theta, gradient) {
    const [x, y] = theta as unknown as [number, number];
    gradient.fill(0);
    let sum = 0;
    for (const [power, constant] of [1.5, 2.25, 2.625].entries()) {
      const term = constant - x + x * y ** (power + 1);
      gradient[0]! += 2 * term * (y ** (power + 1) - 1);
      gradient[1]! += 2 * term * (power + 1) * x * y ** power;
      sum += term * term;
    }
    return sum;
  },
} as const satisfies Problem;

/** f = (y − 5.1x²/4π² + 5x/π − 6)² + 10(1 − 1/8π)cos x + 10: three minima of equal depth (Branin 1972). */
export const branin = {
  name: 'Branin',
  shape: [1, 2],
  start: [2.5, 7.5],
  minima: [
    [-Math.PI, 12.275],
    [Math.PI, 2.275],
    [3 * Math.PI, 2.475],
  ],
  least: 5 / (4 * Math.PI),
  objective(theta, gradient) {
    const [x, y] = theta as unknown as [number, number];
    const curve = 5.1 / (4 * Math.PI ** 2);
    const wave = 10 * (1 - 1 / (8 * Math.PI));
    const term = y - curve * x * x + (5 / Math.PI) * x - 6;
    gradient[0] = 2 * term * (5 / Math.PI - 2 * curve * x) - wave * Math.sin(x);
    gradient[1] = 2 * term;
    return term * term + wave * Math.cos(x) + 10;
  },
} as const satisfies Problem;

/** f = (x² + y − 11)² + (x + y² − 7)²: four minima, one of them at whole numbers (Himmelblau 1972). */
export const himmelblau = {
  name: 'Himmelblau',
  shape: [1, 2],
  start: [0, 0],
  minima: [
    [3, 2],
    [-2.805118086952745, 3.131312518250573],
    [-3.779310253377747, -3.283185991286169],
    [3.584428340330492, -1.848126526964404],
  ],
  least: 0,
  objective(theta, gradient) {
    const [x, y] = theta as unknown as [number, number];
    const a = x * x + y - 11;
    const b = x + y * y - 7;
    gradient[0] = 4 * x * a + 2 * b;
    gradient[1] = 2 * a + 4 * y * b;
    return a * a + b * b;
  },
  hessianVectorProduct: ([x, y], [v, w]): FloatArray =>
    Float64Array.of(
      (12 * x! * x! + 4 * y! - 42) * v! + 4 * (x! + y!) * w!,
      4 * (x! + y!) * v! + (4 * x! + 12 * y! * y! - 26) * w!,
    ),
} as const satisfies Problem;

/** f = ½(x² − y²) + ¼y⁴: a saddle at 0 between two minima. */
export const saddle = {
  name: 'Saddle',
  shape: [1, 2],
  start: [1, 0],
  minima: [
    [0, 1],
    [0, -1],
  ],
  least: -1 / 4,
  objective(theta, gradient) {
    const [x, y] = theta as unknown as [number, number];
    gradient[0] = x;
    gradient[1] = y ** 3 - y;
    return (x * x - y * y) / 2 + y ** 4 / 4;
  },
  hessianVectorProduct: ([, y], [v, w]): FloatArray => Float64Array.of(v!, (3 * y! * y! - 1) * w!),
} as const satisfies Problem;
