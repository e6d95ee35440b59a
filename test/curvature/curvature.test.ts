import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import '../../lib/losses/focal';
import type { FloatArray } from '../../lib/addon';
import { curvature } from '../../lib/curvature/curvature';
import { Dataset } from '../../lib/data/dataset';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { type Network, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { task } from '../support/examples';
import { normal, random, range } from '../support/numbers';
import { quadratic, spread } from './quadratic';

const descending = (values: readonly number[]) => [...values].sort((a, b) => b - a);
const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** The eigenvalues of a whole Hessian, ascending, from its products with unit vectors. */
function eigenvaluesOf(model: Network, data: Dataset, options: Parameters<Network['gradient']>[1], kept?: number[]) {
  const all = range(model.parameters.length);
  const rows = (kept ?? all).map((i) => {
    const unit = model.parameters.map(() => 0);
    unit[i] = 1;
    const product = model.hessianVectorProduct(data, unit, options);
    return (kept ?? all).map((j) => product[j]!);
  });
  const matrix = new Matrix(rows);
  return new EigenvalueDecomposition(matrix.add(matrix.transpose()).mul(0.5), { assumeSymmetric: true })
    .realEigenvalues;
}

describe('the eigenvalues of a quadratic', () => {
  test('are all found if there are few, with their multiplicities', () => {
    const eigenvalues = ascending([...spread(20, -3, 16), 5, 5, -3, 0, 1e4]);
    const { objective, hessianVectorProduct, origin } = quadratic(eigenvalues);
    const report = curvature({ objective, hessianVectorProduct }, origin, { top: 3, bottom: 4 });
    expect(report.dimension).toBe(25);
    expect(greatestError(report.eigenvalues!, eigenvalues)).toBeLessThan(1e-10);
    expect(report.top).toEqual(descending(report.eigenvalues!).slice(0, 3));
    expect(report.bottom).toEqual(report.eigenvalues!.slice(0, 4));
    expect(report.products).toBe(25);
    expect(report.converged).toBe(true);
    for (const error of [...report.errors.top, ...report.errors.bottom]) expect(error).toBeLessThan(1e-10);
  });

  test('are found at the ends if there are many, with their multiplicities', () => {
    const eigenvalues = [10, 10, 10, ...spread(315, 0, 1), -2, -2];
    const { objective, hessianVectorProduct, origin } = quadratic(eigenvalues);
    const report = curvature({ objective, hessianVectorProduct }, origin, { top: 4, bottom: 3 });
    expect(report.converged).toBe(true);
    expect(report.products).toBeLessThan(256);
    expect(report.eigenvalues).toBeUndefined();
    expect(greatestError(report.top, [10, 10, 10, 1])).toBeLessThan(1e-10);
    expect(greatestError(report.bottom, [-2, -2, 0])).toBeLessThan(1e-10);
    expect(report.criticalPoint).toMatchObject({ kind: 'saddle', negativeDirections: 2 });
    for (const error of [...report.errors.top, ...report.errors.bottom]) expect(error).toBeLessThanOrEqual(10 * 1e-6);
  });

  test.each([
    ['is 0', range(300).map(() => 0)],
    ['is a multiple of the identity', range(300).map(() => 7)],
    ['has two eigenvalues', range(300).map((i) => (i === 123 ? 5 : 1))],
    ['has a rank of 3', range(300).map((i) => (i < 3 ? i + 1 : 0))],
  ])('are found if a Hessian of 300 rows %s', (_, eigenvalues) => {
    const { objective, hessianVectorProduct, origin } = quadratic(eigenvalues);
    const report = curvature({ objective, hessianVectorProduct }, origin, { top: 5, bottom: 2 });
    expect(report.converged).toBe(true);
    expect(greatestError(report.top, descending(eigenvalues).slice(0, 5))).toBeLessThan(1e-12);
    expect(greatestError(report.bottom, ascending(eigenvalues).slice(0, 2))).toBeLessThan(1e-12);
  });

  test('are not computed further once they overflow', () => {
    const { objective, origin } = quadratic(spread(400, 1, 2));
    const hessianVectorProduct = (_: unknown, vector: FloatArray) =>
      vector.map(() => 1e306 * [...vector].reduce((sum, x) => sum + x, 0));
    const report = curvature({ objective, hessianVectorProduct }, origin, { top: 1, bottom: 0 });
    expect(report).toMatchObject({ converged: false, top: [NaN] });
    expect(report.products).toBeLessThan(10);
  });

  test('take no more products than allowed, and are then marked as inexact', () => {
    const eigenvalues = spread(300, 1, 2);
    const given = quadratic(eigenvalues);
    const report = curvature(given, given.origin, { maxProducts: 12 });
    expect(report.products).toBe(12);
    expect(given.products).toBe(13); // one more, for the gradient
    expect(report.converged).toBe(false);
    const [top, bottom] = [report.top[0]!, report.bottom[0]!];
    expect(Math.abs(top - 2)).toBeLessThan(report.errors.top[0]!);
    expect(Math.abs(bottom - 1)).toBeLessThan(report.errors.bottom[0]!);
    expect(report.errors.top[0]).toBeGreaterThan(2e-6);
    expect(report.criticalPoint!.kind).toBe('undecided');
  });

  test('are computed to the requested tolerance', () => {
    const given = quadratic(spread(300, 0, 1).map((x) => x ** 4));
    const [rough, fine] = [1e-2, 1e-9].map((tolerance) => curvature(given, given.origin, { tolerance }));
    expect(rough!.products).toBeLessThan(fine!.products);
    expect(rough!.errors.top[0]).toBeLessThan(1e-2);
    expect(fine!.errors.top[0]).toBeLessThan(1e-9);
  });

  test('are also found if a small Hessian isn’t computed as a matrix', () => {
    const given = quadratic(spread(60, -1, 5));
    const report = curvature(given, given.origin, { maxProducts: 59, top: 2, bottom: 2, tolerance: 1e-9 });
    expect(report.eigenvalues).toBeUndefined();
    expect(greatestError(report.top, descending(spread(60, -1, 5)).slice(0, 2))).toBeLessThan(1e-9);
    expect(greatestError(report.bottom, spread(60, -1, 5).slice(0, 2))).toBeLessThan(1e-9);
  });

  test('are all found if the products suffice', () => {
    const given = quadratic(spread(258, -1, 5));
    const report = curvature(given, given.origin, { maxProducts: 300, tolerance: 0 });
    expect(report.products).toBe(258);
    expect(greatestError(report.eigenvalues!, spread(258, -1, 5))).toBeLessThan(1e-10);
    expect(report.criticalPoint!.flatDirections).toBe(0);
  });

  test('are computed only at the requested ends', () => {
    const given = quadratic(spread(300, 1, 4));
    const neither = curvature(given, given.origin, { top: 0, bottom: 0, learningRate: 1 });
    expect(neither).toMatchObject({ top: [], bottom: [], products: 0, converged: true, ratio: 0 });
    expect(given.products).toBe(1);
    expect(neither).not.toHaveProperty('conditionNumber');
    expect(neither).not.toHaveProperty('criticalPoint');
    const one = curvature(given, given.origin, { top: 2, bottom: 0 });
    expect(one.top).toHaveLength(2);
    expect(one.bottom).toEqual([]);
    expect(one).not.toHaveProperty('criticalPoint');
  });

  test('come from the same random vectors for the same seed', () => {
    const given = quadratic(spread(300, 1, 4));
    const of = (seed?: number) => curvature(given, given.origin, { seed, maxProducts: 20 }).errors.top[0];
    expect(of(3)).toBe(of(3));
    expect(of()).toBe(of(0));
    expect(of(3)).not.toBe(of(4));
  });

  test('give the condition number if they are positive', () => {
    const of = (eigenvalues: number[]) =>
      curvature(quadratic(eigenvalues), quadratic(eigenvalues).origin).conditionNumber!;
    expect(of([1, 3, 250])).toBeCloseTo(250, 10);
    expect(of([-1, 3, 250])).toBe(Infinity);
    expect(of([0])).toBe(Infinity);
    expect(of([-3, -1])).toBe(Infinity);
  });
});

describe('along the gradient of a quadratic', () => {
  const eigenvalues = [0.5, 3, -1, 7];
  const theta = [1, -2, 3, 0.5];
  const { objective, hessianVectorProduct } = quadratic(eigenvalues);
  const { loss, gradient } = objective(theta);
  const after = (step: number) => objective(theta.map((x, i) => x - step * gradient[i]!)).loss;

  test('Taylor’s expansion is exact', () => {
    for (const learningRate of [0, 0.01, 0.3, 2]) {
      const report = curvature({ objective, hessianVectorProduct }, theta, { learningRate });
      expect(report.loss).toBe(loss);
      expect(report.predictedLoss).toBeCloseTo(after(learningRate), 10);
      expect(report.learningRate).toBe(learningRate);
    }
  });

  test('no step lowers the loss more than the best one', () => {
    const { bestStep } = curvature({ objective, hessianVectorProduct }, theta);
    for (const factor of [0, 0.5, 0.9, 1.1, 2]) expect(after(bestStep)).toBeLessThan(after(factor * bestStep));
    expect(after(2 * bestStep)).toBeCloseTo(loss, 10); // where the ratio is 1
  });

  test('values that need a learning rate are only present with one', () => {
    const report = curvature({ objective, hessianVectorProduct }, theta);
    for (const name of ['learningRate', 'ratio', 'predictedLoss', 'warning']) expect(report).not.toHaveProperty(name);
  });

  test('a step causes a warning from a ratio of 1 on', () => {
    const double = { objective: (theta: ArrayLike<number>) => ({ loss: theta[0]! ** 2, gradient: [2 * theta[0]!] }) };
    const given = { ...double, hessianVectorProduct: (_: unknown, v: FloatArray) => v.map((x) => 2 * x) };
    const at = (learningRate: number) => curvature(given, [1], { learningRate });
    expect(at(1).ratio).toBe(1);
    expect(at(1).warning).toContain('The best step is 0.5.');
    expect(at(1).warning).toContain('1 times');
    expect(at(1 - 2 ** -53).ratio).toBeLessThan(1);
    expect(at(1 - 2 ** -53)).not.toHaveProperty('warning');
    expect(at(3).warning).toContain('the step η = 3');
  });

  test('without positive curvature there is no best step and no warning', () => {
    const report = curvature(quadratic([-1, -2]), [1, 1], { learningRate: 1e6 });
    expect(report.gradientCurvature).toBeLessThan(0);
    expect(report.bestStep).toBe(Infinity);
    expect(report.ratio).toBeLessThan(0);
    expect(report).not.toHaveProperty('warning');
    expect(curvature(quadratic([1, 2]), [0, 0], { learningRate: 1 })).toMatchObject({ ratio: 0, bestStep: Infinity });
  });
});

describe('of a model', () => {
  const { data } = task(200, 10, 4, 'crossEntropy', 'classes');
  const make = (type: 'float32' | 'float64' = 'float64') =>
    network({ inputs: 10, layers: [dense(25, { activation: 'tanh' }), dense(4)], type, seed: 3 });

  test('the Hessian of linear least squares is 2·E[xxᵀ], once for each output', () => {
    const { data, examples } = task(60, 5, 2, 'squared', 'numbers');
    const model = network({ inputs: 5, layers: [dense(2, { bias: false })], type: 'float64' });
    const x = new Matrix(examples.map(({ inputs }) => inputs));
    const moments = x
      .transpose()
      .mmul(x)
      .mul(2 / x.rows);
    const expected = new EigenvalueDecomposition(moments, { assumeSymmetric: true }).realEigenvalues;
    const { eigenvalues, conditionNumber, criticalPoint } = curvature(model, data, { loss: 'squared' });
    expect(greatestError(eigenvalues!, ascending([...expected, ...expected]))).toBeLessThan(1e-12);
    expect(conditionNumber).toBeCloseTo(expected[4]! / expected[0]!, 10);
    expect(criticalPoint!.kind).toBe('none');
  });

  test.each([
    ['float64', 1e-6],
    ['float32', 1e-4],
  ] as const)('the ends of the spectrum are those of the whole Hessian, in %s', (type, tolerance) => {
    const model = make(type);
    const expected = eigenvaluesOf(model, data, { loss: 'crossEntropy' });
    const report = curvature(model, data, { loss: 'crossEntropy', top: 5, bottom: 3 });
    expect(report.dimension).toBe(379);
    expect(report.converged).toBe(true);
    expect(report.eigenvalues).toBeUndefined();
    const largest = Math.max(expected.at(-1)!, -expected[0]!);
    expect(greatestError(report.top, descending(expected).slice(0, 5))).toBeLessThan(tolerance * largest);
    expect(greatestError(report.bottom, expected.slice(0, 3))).toBeLessThan(tolerance * largest);
    const negative = expected.filter((value) => value < -tolerance * largest).length;
    expect(report.criticalPoint!.negativeDirections).toBeGreaterThan(0);
    expect(report.criticalPoint!.negativeDirections).toBeLessThanOrEqual(negative);
  });

  test('loss, gradient and curvature are those of the model, which does not change', () => {
    const model = make();
    const before = model.parameters.slice();
    const { loss, gradient } = model.gradient(data, { loss: 'crossEntropy' });
    const product = model.hessianVectorProduct(data, gradient, { loss: 'crossEntropy' });
    const dot = (a: FloatArray, b: FloatArray) => range(a.length).reduce((sum, i) => sum + a[i]! * b[i]!, 0);
    const report = curvature(model, data, { loss: 'crossEntropy' });
    expect(report.loss).toBe(loss);
    expect(report.squaredGradientNorm).toBeCloseTo(dot(gradient, gradient), 12);
    expect(report.gradientCurvature).toBeCloseTo(dot(gradient, product), 12);
    expect(report.criticalPoint!.gradientNorm).toBeCloseTo(Math.sqrt(report.squaredGradientNorm), 12);
    expectSameBits(model.parameters, before);
  });

  test('the error of the prediction is of third order in the step', () => {
    const model = make();
    const { gradient } = model.gradient(data, { loss: 'crossEntropy' });
    const start = model.parameters.slice();
    const [far, near] = [0.1, 0.05].map((learningRate) => {
      model.parameters.set(start);
      const { predictedLoss } = curvature(model, data, { loss: 'crossEntropy', learningRate, top: 0, bottom: 0 });
      model.parameters.set(start.map((x, i) => x - learningRate * gradient[i]!));
      return Math.abs(model.evaluate(data, { loss: 'crossEntropy' }).loss - predictedLoss!);
    });
    expect(far! / near!).toBeGreaterThan(6.5);
    expect(far! / near!).toBeLessThan(9.5);
  });

  test('the statistics of batchNorm are not parameters', () => {
    const { data } = task(50, 3, 2, 'squared', 'numbers');
    const model = network({ inputs: 3, layers: [batchNorm(), dense(2)], type: 'float64' });
    const trained = [...model.tensors].flatMap(
      ([
        name,
        {
          data: { length },
        },
      ]) => range(length).map(() => !/mean|variance/.test(name)),
    );
    const kept = range(trained.length).filter((i) => trained[i]);
    expect(kept).toHaveLength(14);
    const report = curvature(model, data, { loss: 'squared' });
    expect(report.dimension).toBe(14);
    expect(greatestError(report.eigenvalues!, eigenvaluesOf(model, data, { loss: 'squared' }, kept))).toBeLessThan(
      1e-12,
    );
  });

  test('can be computed as in training, with dropout by the seed', () => {
    const model = network({ inputs: 10, layers: [dropout(0.5), dense(4)], type: 'float64' });
    const of = (options: object) => curvature(model, data, { loss: 'crossEntropy', ...options });
    const own = model.gradient(data, { loss: 'crossEntropy', training: true, seed: 5 }).loss;
    expect(of({ training: true, seed: 5 }).loss).toBe(own);
    expect(of({ training: true, seed: 6 }).loss).not.toBe(own);
    expect(of({ seed: 5 }).loss).toBe(model.evaluate(data, { loss: 'crossEntropy' }).loss);
  });

  test('is found with a few vectors for many parameters', () => {
    const draw = normal(4);
    const many = new Dataset({
      inputs: range(40).map(() => range(100).map(draw)),
      targets: range(40).map((i) => i % 3),
    });
    const model = network({ inputs: 100, layers: [dense(60, { activation: 'relu' }), dense(3)], seed: 1 });
    const report = curvature(model, many, { loss: 'crossEntropy', bottom: 0 });
    expect(report.dimension).toBe(6243);
    expect(report.converged).toBe(true);
    expect(report.products).toBeLessThan(60);
  });
});

describe('large arguments', () => {
  const draw = random(5);
  const bytes = Uint8Array.from({ length: 128 * 64 }, () => draw() * 256);
  const data = new Dataset({ inputs: bytes, columns: 64, targets: range(128).map((i) => i % 2) });

  test.each(
    (['sigmoid', 'silu', 'gelu', 'softplus', 'elu', 'relu'] as const).flatMap((activation) =>
      (['logistic', 'focal'] as const).map((loss) => [activation, loss] as const),
    ),
  )('from unscaled inputs give a finite curvature: %s, %s', async (activation, loss) => {
    const model = network({ inputs: 64, layers: [dense(64, { activation }), dense(1)], seed: 1 });
    const { top } = curvature(model, data, { loss, top: 2 });
    for (const eigenvalue of top) expect(Number.isFinite(eigenvalue)).toBe(true);
    const twin = network({ inputs: 64, layers: model.layers, type: 'float64', seed: 1 });
    twin.parameters.set(model.parameters);
    const exact = curvature(twin, data, { loss, top: 1 }).top[0]!;
    expect(Math.abs(top[0]! / exact - 1)).toBeLessThan(1e-3);
  });
});
