import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { curvature } from '../../lib/curvature/curvature';
import type { DensityOptions, SpectralDensity } from '../../lib/curvature/spectral_density';
import { dense } from '../../lib/layers/dense';
import { network } from '../../lib/training/network';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { quadratic, spread } from './quadratic';

/** ∫ f(λ)·density(λ) dλ, by a sum over equal steps. */
function integral({ eigenvalues, density }: SpectralDensity, f: (eigenvalue: number) => number): number {
  const step = eigenvalues[1]! - eigenvalues[0]!;
  return density.reduce((sum, share, i) => sum + share * f(eigenvalues[i]!) * step, 0);
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const variance = (values: readonly number[]) => mean(values.map((x) => (x - mean(values)) ** 2));

const densityOf = (eigenvalues: readonly number[], density: boolean | DensityOptions = true, seed = 0) => {
  const given = quadratic(eigenvalues);
  return curvature(given, given.origin, { density, seed }).density!;
};

describe('the density of a whole spectrum', () => {
  const eigenvalues = [-1, 0, 0, 0.5, 3, 4];

  test('has the integral 1 and the moments of the eigenvalues', () => {
    const density = densityOf(eigenvalues);
    expect(integral(density, () => 1)).toBeCloseTo(1, 8);
    expect(integral(density, (x) => x)).toBeCloseTo(mean(eigenvalues), 7);
    expect(integral(density, (x) => x * x)).toBeCloseTo(mean(eigenvalues.map((x) => x * x)) + density.width ** 2, 7);
  });

  test('is a Gaussian for each eigenvalue', () => {
    const { eigenvalues: axis, density, width } = densityOf([2, 5], { width: 0.25, points: 1001 });
    expect(width).toBe(0.25);
    expect(axis).toHaveLength(1001);
    expect(axis[0]).toBeCloseTo(2 - 6 * 0.25, 12);
    expect(axis[1000]).toBeCloseTo(5 + 6 * 0.25, 12);
    axis.forEach((x, i) => {
      const bell = (center: number) => Math.exp(-(((x - center) / 0.25) ** 2) / 2) / (0.25 * Math.sqrt(2 * Math.PI));
      expect(density[i]).toBeCloseTo((bell(2) + bell(5)) / 2, 12);
    });
  });

  test('is a hundredth of the range wide by default', () => {
    expect(densityOf(eigenvalues).width).toBeCloseTo(0.05, 12);
    expect(densityOf([3, 3, 3]).width).toBeCloseTo(0.03, 12);
    expect(densityOf([0, 0]).width).toBe(0.01);
    expect(densityOf(eigenvalues).eigenvalues).toHaveLength(512);
  });

  test('is computed on request only, also without requested ends', () => {
    const given = quadratic(eigenvalues);
    expect(curvature(given, given.origin, { density: true, top: 0, bottom: 0 }).density).toEqual(
      densityOf(eigenvalues),
    );
    expect(curvature(given, given.origin, { density: false })).not.toHaveProperty('density');
  });
});

/** Five standard deviations of tr f(H)/n as estimated by a mean over random unit vectors. */
const expectedError = (values: readonly number[], probes: number) =>
  5 * Math.sqrt((2 * variance(values)) / (probes * (values.length + 2)));

describe('the estimate of a density', () => {
  const eigenvalues = [...spread(390, -0.1, 0.1), ...spread(10, 1, 5), -1.5];

  test('has the integral 1, and moments close to those of the eigenvalues, up to the random vectors', () => {
    const squares = eigenvalues.map((x) => x * x);
    for (const seed of range(4)) {
      const density = densityOf(eigenvalues, { probes: 5 }, seed);
      expect(integral(density, () => 1)).toBeCloseTo(1, 7);
      expect(Math.abs(integral(density, (x) => x) - mean(eigenvalues))).toBeLessThan(expectedError(eigenvalues, 5));
      const second = integral(density, (x) => x * x) - density.width ** 2;
      expect(Math.abs(second - mean(squares))).toBeLessThan(expectedError(squares, 5));
    }
  });

  test('is close to the density itself', () => {
    const width = 0.2;
    const estimate = densityOf(eigenvalues, { width, points: 400, probes: 20 });
    const bell = (x: number) => Math.exp(-((x / width) ** 2) / 2) / (width * Math.sqrt(2 * Math.PI));
    const error = estimate.eigenvalues.map((x, i) =>
      Math.abs(estimate.density[i]! - mean(eigenvalues.map((value) => bell(x - value)))),
    );
    expect(Math.max(...error)).toBeLessThan(0.1); // of a peak of 1.75
  });

  test('takes the given number of products', () => {
    const given = quadratic(eigenvalues);
    curvature(given, given.origin, { density: { probes: 3, steps: 20 }, top: 0, bottom: 0 });
    expect(given.products).toBe(1 + 3 * 20);
    const few = quadratic(eigenvalues);
    curvature(few, few.origin, { density: true, top: 0, bottom: 0 });
    expect(few.products).toBe(1 + 10 * 64);
  });

  test('ends with the eigenvalues', () => {
    const density = densityOf(range(300).map((i) => (i < 100 ? 1 : 2)));
    expect(density.eigenvalues[0]).toBeCloseTo(1 - 0.06, 10);
    expect(integral(density, (x) => x)).toBeCloseTo(5 / 3, 0);
  });

  test('of a network has the moments tr H/n and tr H²/n', () => {
    const { data } = task(60, 8, 3, 'crossEntropy', 'classes');
    const model = network({ inputs: 8, layers: [dense(24, { activation: 'tanh' }), dense(3)], type: 'float64' });
    const options = { loss: 'crossEntropy' } as const;
    const rows = range(model.parameters.length).map((i) => {
      const unit = new Float64Array(model.parameters.length);
      unit[i] = 1;
      return Array.from(model.hessianVectorProduct(data, unit, options));
    });
    expect(rows).toHaveLength(291);
    const eigenvalues = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true }).realEigenvalues;
    const density = curvature(model, data, { ...options, density: { probes: 8, steps: 40 } }).density!;
    const trace = mean(rows.map((row, i) => row[i]!));
    const squared = mean(rows.map((row) => row.reduce((sum, x) => sum + x * x, 0)));
    expect(Math.abs(integral(density, (x) => x) - trace)).toBeLessThan(expectedError(eigenvalues, 8));
    const squares = eigenvalues.map((x) => x * x);
    expect(Math.abs(integral(density, (x) => x * x) - density.width ** 2 - squared)).toBeLessThan(
      expectedError(squares, 8),
    );
  });
});
