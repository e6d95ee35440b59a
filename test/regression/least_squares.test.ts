import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { leastSquares } from '../../lib/regression/least_squares';
import { configure, runtime } from '../../lib/runtime';
import golden from '../golden/regression.json';
import { normal, range } from '../support/numbers';
import { expectErrorOf } from '../support/refusals';

interface Drawn {
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
  readonly columns: number;
}

function drawn(rows: number, columns: number, seed: number, of = (x: number, _column: number) => x): Drawn {
  const noise = normal(seed);
  const inputs = Float64Array.from({ length: rows * columns }, (_, i) => of(noise(), i % columns));
  const targets = Float64Array.from({ length: rows }, (_, row) =>
    inputs.subarray(row * columns, (row + 1) * columns).reduce((sum, x, j) => sum + x * Math.cos(j), noise()),
  );
  return { inputs, targets, columns };
}

/** The gradient of Σ w(y − x·b − b₀)² + λ‖b‖² over that of b = 0, for each coefficient and the intercept. */
function relativeGradient(
  { inputs, targets, columns }: Drawn,
  { coefficients, intercept }: { coefficients: Float64Array; intercept: number },
  { penalty = 0, weights }: { penalty?: number; weights?: Float64Array } = {},
): number[] {
  const gradient = Array.from({ length: columns + 1 }, (_, j) => penalty * (coefficients[j] ?? 0));
  const scale = gradient.map(() => 1e-300);
  for (const [row, target] of targets.entries()) {
    const x = inputs.subarray(row * columns, (row + 1) * columns);
    const error = x.reduce((sum, value, j) => sum + value * coefficients[j]!, intercept) - target;
    const weight = weights?.[row] ?? 1;
    for (let j = 0; j <= columns; ++j) {
      gradient[j]! += weight * error * (x[j] ?? 1);
      scale[j]! += Math.abs(weight * target * (x[j] ?? 1));
    }
  }
  return gradient.map((g, j) => Math.abs(g) / scale[j]!);
}

describe('leastSquares', () => {
  test.each([
    ['tall', 3000, 7],
    ['of many blocks', 40_000, 3],
    ['wide blocks', 500, 70],
    ['one column', 50, 1],
  ])('has a zero gradient: %s, %i × %i', async (_, rows, columns) => {
    const data = drawn(rows, columns, rows);
    for (const penalty of [0, 0.1, 1000]) {
      const fit = await leastSquares(new Dataset(data), { penalty });
      expect(Math.max(...relativeGradient(data, fit, { penalty }))).toBeLessThan(1e-12);
      expect(fit.rank).toBe(columns);
    }
  });

  test('weighs rows: a weight of 3 is a row three times, 0 is none', async () => {
    const data = drawn(40, 3, 5);
    const weights = Float64Array.from(range(40), (row) => row % 4);
    const repeated = range(40).flatMap((row) => range(row % 4).map(() => row));
    const expected = await leastSquares(
      new Dataset({
        inputs: repeated.map((row) => Array.from(data.inputs.subarray(3 * row, 3 * row + 3))),
        targets: repeated.map((row) => data.targets[row]!),
        type: 'float64',
      }),
      { penalty: 2 },
    );
    const fit = await leastSquares(new Dataset({ ...data, weights }), { penalty: 2 });
    for (const [j, coefficient] of fit.coefficients.entries())
      expect(coefficient).toBeCloseTo(expected.coefficients[j]!, 10);
    expect(fit.intercept).toBeCloseTo(expected.intercept, 10);
    expect(Math.max(...relativeGradient(data, fit, { penalty: 2, weights }))).toBeLessThan(1e-12);
  });

  test('finds the solution of minimum norm where columns depend on each other', async () => {
    const { inputs, targets } = drawn(60, 3, 6);
    const rows = range(60).map((row) => Array.from(inputs.subarray(3 * row, 3 * row + 3)));
    const single = await leastSquares(new Dataset({ inputs: rows, targets, type: 'float64' }));
    const doubled = await leastSquares(
      new Dataset({ inputs: rows.map((row) => [...row, row[0]!, 7]), targets, type: 'float64' }),
    );
    expect(doubled.rank).toBe(3);
    expect(doubled.coefficients[0]).toBeCloseTo(single.coefficients[0]! / 2, 10);
    expect(doubled.coefficients[3]).toBeCloseTo(single.coefficients[0]! / 2, 10);
    expect(doubled.coefficients[4]).toBeCloseTo(0, 12); // a constant column
    const slight = await leastSquares(
      new Dataset({ inputs: rows.map((row) => [...row, row[0]!, 7]), targets, type: 'float64' }),
      { penalty: 1e-9 },
    );
    for (const [j, one] of slight.coefficients.entries()) expect(one).toBeCloseTo(doubled.coefficients[j]!, 7);
  });

  test('fits more columns than rows exactly', async () => {
    const data = drawn(20, 50, 7);
    const fit = await leastSquares(new Dataset(data));
    expect(fit.rank).toBe(19); // after the mean is subtracted
    expect(Math.max(...relativeGradient(data, fit))).toBeLessThan(1e-12);
    const predicted = fit.model().predict(new Dataset({ inputs: data.inputs, columns: 50 }));
    for (const [row, target] of data.targets.entries()) expect(predicted[row]).toBeCloseTo(target, 10);
  });

  test('reads sparse columns and categories as indicators', async () => {
    const codes = range(90).map((i) => [i % 3, i % 2]);
    const targets = codes.map(([a, b]) => 5 * a! - b! + 1);
    const coded = new Dataset({
      inputs: {
        kinds: categories({ values: Uint32Array.from(codes.flat()), columns: 2, cardinalities: [3, 2] }),
        few: sparse({ columns: 4, rows: codes.map((_, i) => [[i % 4, 2]]) }),
      },
      targets,
    });
    const { coefficients, intercept, rank } = await leastSquares(coded);
    expect(coefficients).toHaveLength(3 + 2 + 4);
    expect(rank).toBe(2 + 1 + 2); // of the four sparse columns, two differences are those of the two categories
    expect(coefficients[2]! - coefficients[0]!).toBeCloseTo(10, 10);
    expect(intercept + coefficients[0]! + coefficients[3]! + 2 * coefficients[5]!).toBeCloseTo(1, 10);
  });

  test('loses no digits to large means', async () => {
    const data = drawn(2000, 4, 8, (x, j) => x + 10 ** (2 * j));
    const { coefficients } = await leastSquares(new Dataset(data));
    const centred = drawn(2000, 4, 8);
    const inputs = data.inputs.map((x, i) => x - 10 ** (2 * (i % 4)));
    const expected = await leastSquares(new Dataset({ ...centred, inputs, targets: data.targets }));
    for (const [j, one] of coefficients.entries()) expect(one).toBeCloseTo(expected.coefficients[j]!, 8);
  });

  test('has the same bits for each number of threads', async () => {
    const data = drawn(20_000, 12, 9);
    const { threads } = runtime();
    const fits = [];
    for (const count of [1, 2, 3]) {
      configure({ threads: count });
      fits.push(await leastSquares(new Dataset(data)));
    }
    configure({ threads });
    for (const { coefficients } of fits) expect(coefficients).toEqual(fits[0]!.coefficients);
  });

  test.each(Object.entries(golden.leastSquares))('agrees with scikit-learn and LAPACK: %s', async (_, one) => {
    const inputs = Float64Array.from(one.inputs);
    const data = new Dataset({ inputs, columns: one.columns, targets: Float64Array.from(one.targets) });
    const { coefficients, intercept } = await leastSquares(data, { penalty: one.penalty });
    const errors = Array.from(coefficients, (each, j) => Math.abs(each - one.coefficients[j]!) / one.scales[j]!);
    expect(Math.max(...errors)).toBeLessThan(1e-6);
    expect(Math.abs(intercept - one.intercept)).toBeLessThan(1e-6 * one.interceptScale);
  });

  test('refuses what does not fit', async () => {
    const data = new Dataset({ inputs: [[1], [2]], targets: [1, 2] });
    const refused = (given: Dataset, options?: object) => leastSquares(given, options).catch((error: unknown) => error);
    expectErrorOf(await refused(data, { penalty: -1 }), 'ERR_OUT_OF_RANGE', 'penalty');
    expectErrorOf(await refused(new Dataset({ inputs: [[1]] })), 'ERR_SHAPE', 'needs one');
    expectErrorOf(await refused({} as Dataset), 'ERR_INVALID_ARGUMENT', 'a Dataset');
    const large = new Dataset({ inputs: Float64Array.of(1, 2e100), columns: 1, targets: [1, 2] });
    expectErrorOf(await refused(large), 'ERR_OUT_OF_RANGE', 'inputs up to 1e100');
    const far = new Dataset({ inputs: [[1], [2]], targets: Float64Array.of(1, 2e100) });
    expectErrorOf(await refused(far), 'ERR_OUT_OF_RANGE', 'targets up to 1e100');
    expectErrorOf(await refused(data, { alpha: 1 }), 'ERR_INVALID_ARGUMENT', 'alpha');
  });
});
