import { normal, range } from '../support/numbers';

/** ½θᵀHθ, where H has the given eigenvalues. Its eigenvectors are reflections of the axes (Householder 1958). */
export function quadratic(eigenvalues: readonly number[], seed = 1) {
  const draw = normal(seed);
  const axis = eigenvalues.map(() => draw());
  const squared = axis.reduce((sum, a) => sum + a * a, 0);
  const mirrored = (vector: ArrayLike<number>) => {
    let share = 0;
    for (const [i, a] of axis.entries()) share += (a * vector[i]!) / squared;
    return Float64Array.from(axis, (a, i) => vector[i]! - 2 * share * a);
  };
  let products = 0;
  const product = (vector: ArrayLike<number>) => mirrored(mirrored(vector).map((x, i) => eigenvalues[i]! * x));
  return {
    objective: (theta: ArrayLike<number>) => {
      const gradient = product(theta);
      return { loss: gradient.reduce((sum, g, i) => sum + (g * theta[i]!) / 2, 0), gradient };
    },
    hessianVectorProduct: (_: ArrayLike<number>, vector: ArrayLike<number>) => {
      products += 1;
      return product(vector);
    },
    /** The number of Hessian-vector products computed so far. */
    get products() {
      return products;
    },
    origin: new Float64Array(eigenvalues.length),
  };
}

/** `count` evenly spaced numbers. */
export const spread = (count: number, from: number, to: number): number[] =>
  range(count).map((i) => from + ((to - from) * i) / (count - 1));
