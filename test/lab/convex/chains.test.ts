import { Matrix, solve } from 'ml-matrix';
import type { FloatArray } from '../../../lib/addon';
import { leastOnChain, leastShare, lowerBound, mostBelowLeast, onChains } from '../../../lib/lab/convex/chains';
import { chain } from '../../../lib/lab/problems/quadratic';
import { gradientDescent } from '../../../lib/optimizers/gradient_descent';

/** R − R* at the best sum of the first `count` gradients of the chain, by linear algebra. */
function bestOfKrylov(size: number, count: number): number {
  const problem = chain(size, 1);
  const gradientAt = (theta: Float64Array) => {
    const gradient = new Float64Array(size);
    return { loss: problem.objective(theta, gradient) as number, gradient };
  };
  const slope = gradientAt(new Float64Array(size)).gradient;
  const basis: FloatArray[] = [slope];
  while (basis.length < count) basis.push(problem.hessianVectorProduct!(slope, basis.at(-1)!));
  const columns = new Matrix(basis.map((vector) => Array.from(vector))).transpose();
  const images = new Matrix(
    basis.map((vector) => Array.from(problem.hessianVectorProduct!(slope, vector))),
  ).transpose();
  const shares = solve(
    columns.transpose().mmul(images),
    columns
      .transpose()
      .mmul(Matrix.columnVector(Array.from(slope)))
      .mul(-1),
  );
  return gradientAt(Float64Array.from(columns.mmul(shares).to1DArray())).loss - problem.least;
}

describe('the chains', () => {
  test.each([
    [7, 1],
    [7, 3],
    [15, 5],
    [15, 7],
  ])('of %d numbers have the closed form as the minimum over sums of %d gradients', (size, count) => {
    expect(bestOfKrylov(size, count)).toBeCloseTo(leastOnChain(size, count), 10);
  });

  test('satisfy the lower bound at the step for which they are hardest', () => {
    for (const t of [1, 2, 10, 1000]) {
      const { minima } = chain(2 * t + 1, 1);
      const distance2 = minima[0].reduce((sum, x) => sum + x * x, 0);
      expect(leastOnChain(2 * t + 1, t) / distance2).toBeGreaterThan(lowerBound(t));
    }
  });

  test('detect methods below it', async () => {
    const family = await onChains(gradientDescent({ learningRate: 1 }), [1, 4], 10, async () => {});
    expect(leastShare(family)).toBeGreaterThan(1);
    expect(mostBelowLeast(family)).toBeLessThan(1e-15);
    const seer = {
      ...family,
      descents: family.descents.map((descent) => ({ ...descent, excess: descent.excess.map((r) => r / 4) })),
    };
    expect(leastShare(seer)).toBeLessThan(1);
    expect(mostBelowLeast(seer)).toBeGreaterThan(1e-3);
  });

  test('are compared by the worst of them at each step', async () => {
    const { descents, worst } = await onChains(gradientDescent({ learningRate: 1 }), [1, 4, 20], 30, async () => {});
    expect(worst).toHaveLength(31);
    expect(worst[30]).toBe(Math.max(...descents.map(({ excess, distance2 }) => excess[30]! / distance2)));
  });
});
