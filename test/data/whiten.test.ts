import { Matrix } from 'ml-matrix';
import type { FloatArray } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { checkIdentity } from '../../lib/data/second_moments';
import type { Values } from '../../lib/data/table';
import { type Whitening, whiten } from '../../lib/data/whiten';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { greatestError } from '../support/closeness';
import { orthonormal, product, type Rows, rowsOf, scaled, sum, transposed } from '../support/matrices';
import { normal, range } from '../support/numbers';
import fc from '../support/properties';
import { expectRefusal } from '../support/refusals';

const methods = ['zca', 'pca'] as const;

const identity = (size: number): Rows => range(size).map((i) => range(size).map((j) => Number(i === j)));

/** E[zzᵀ] over rows z. */
const moments = (rows: Rows): Rows => scaled(1 / rows.length, product(transposed(rows), rows));

const means = (rows: Rows): number[] =>
  rows[0]!.map((_, j) => rows.reduce((total, row) => total + row[j]!, 0) / rows.length);

/** The largest error of E[zzᵀ] against I. */
const deviation = (outputs: FloatArray, components: number): number =>
  greatestError(moments(rowsOf(outputs, components)).flat(), identity(components).flat());

const matrixOf = ({ matrix: { data, shape } }: Whitening): Rows => rowsOf(data, shape[1]);

/** Rows of correlated columns with means other than 0. */
function correlated(rows: number, columns: number, seed = 1): Rows {
  const draw = normal(seed);
  const mixing = range(columns).map(() => range(columns).map(draw));
  const origin = range(columns).map(() => 5 * draw());
  return product(
    range(rows).map(() => range(columns).map(draw)),
    mixing,
  ).map((row) => row.map((x, j) => x + origin[j]!));
}

/** Rows whose principal components have standard deviations from 1 to 1/κ. */
function conditioned(rows: number, columns: number, condition: number): Rows {
  const draw = normal(3);
  const along = range(rows).map(() => range(columns).map((j) => draw() * condition ** (-j / (columns - 1))));
  return product(along, transposed(orthonormal(columns, columns, 4)));
}

describe.each(methods)('whitening by %s', (method) => {
  test('makes E[zzᵀ] = I and E[z] = 0', () => {
    const inputs = correlated(200, 6);
    const whitening = whiten(inputs, { method });
    const outputs = whitening.apply(inputs);
    expect(deviation(outputs, 6)).toBeLessThan(1e-12);
    expect(Math.max(...means(rowsOf(outputs, 6)).map(Math.abs))).toBeLessThan(1e-13);
  });

  test('makes E[zzᵀ] = I of any inputs of full rank', () => {
    const anyInputs = fc.integer({ min: 1, max: 6 }).chain((columns) =>
      fc.array(fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: columns, maxLength: columns }), {
        minLength: columns + 1,
        maxLength: 20,
      }),
    );
    let whitened = 0;
    fc.assert(
      fc.property(anyInputs, fc.boolean(), (inputs, center) => {
        let whitening: Whitening;
        try {
          whitening = whiten(inputs, { method, center });
        } catch (error) {
          expect((error as Error).message).toMatch(/rank|nothing to whiten/);
          return;
        }
        whitened += 1;
        expect(deviation(whitening.apply(inputs), whitening.components)).toBeLessThan(1e-6);
      }),
      { numRuns: 300 },
    );
    expect(whitened).toBeGreaterThan(100);
  });

  test('does not depend on the units of the columns', () => {
    const inputs = correlated(200, 5).map((row) => row.map((x, j) => x * 10 ** (3 * j - 8)));
    const whitening = whiten(inputs, { method });
    expect(deviation(whitening.apply(inputs), 5)).toBeLessThan(1e-12);
  });

  test('is accurate for numbers far from the origin', () => {
    const inputs = correlated(200, 4).map((row) => row.map((x) => x + 1e7));
    expect(deviation(whiten(inputs, { method }).apply(inputs), 4)).toBeLessThan(1e-12);
  });

  test.each([1e2, 1e4, 1e6])('stays within the documented bound for inputs with condition number %p', (condition) => {
    const inputs = conditioned(300, 8, condition);
    const whitening = whiten(inputs, { method });
    const bound = 8 * (8 + Math.sqrt(300)) * Number.EPSILON * condition;
    expect(deviation(whitening.apply(inputs), 8)).toBeLessThan(bound);
    expect(greatestError(whitening.invert(whitening.apply(inputs)), inputs.flat())).toBeLessThan(1e-9);
  });

  test('reports the variances of the principal components', () => {
    const inputs = correlated(100, 5);
    const { eigenvalues } = whiten(inputs, { method });
    const origin = means(inputs);
    const covariance = moments(inputs.map((row) => row.map((x, j) => x - origin[j]!)));
    expect([...eigenvalues].sort((a, b) => b - a)).toEqual([...eigenvalues]);
    const trace = (a: Rows) => a.reduce((total, row, i) => total + row[i]!, 0);
    expect(eigenvalues.reduce((total, x) => total + x, 0)).toBeCloseTo(trace(covariance), 10);
    expect(eigenvalues.reduce((total, x) => total + x * x, 0)).toBeCloseTo(trace(product(covariance, covariance)), 8);
  });

  test('is inverted by invert', () => {
    const inputs = correlated(50, 4);
    const whitening = whiten(inputs, { method });
    expect(greatestError(whitening.invert(whitening.apply(inputs)), inputs.flat())).toBeLessThan(1e-12);
    const wide = inputs.map((row) => row.map((x, j) => x * 10 ** (4 * j - 8)));
    const again = whiten(wide, { method });
    rowsOf(again.invert(again.apply(wide)), 4).forEach((row, i) => {
      row.forEach((x, j) => {
        expect(Math.abs(x / wide[i]![j]! - 1)).toBeLessThan(1e-10);
      });
    });
  });

  test('applies its mean and matrix to other rows', () => {
    const [inputs, others] = [correlated(50, 3, 1), correlated(7, 3, 2)];
    const whitening = whiten(inputs, { method });
    expect(greatestError(whitening.mean, means(inputs))).toBeLessThan(1e-14);
    const centred = others.map((row) => row.map((x, j) => x - whitening.mean[j]!));
    const expected = product(centred, transposed(matrixOf(whitening)));
    expect(greatestError(whitening.apply(others), expected.flat())).toBeLessThan(1e-13);
    expect(whitening.apply([others[0]!])).toHaveLength(3);
  });

  test('whitens E[xxᵀ] without center', () => {
    const inputs = correlated(100, 4);
    const whitening = whiten(inputs, { method, center: false });
    expect([...whitening.mean]).toEqual([0, 0, 0, 0]);
    const outputs = whitening.apply(inputs);
    expect(deviation(outputs, 4)).toBeLessThan(1e-12);
    expect(Math.max(...means(rowsOf(outputs, 4)).map(Math.abs))).toBeGreaterThan(0.1);
    // A column that is always 1 has a second moment, but no variance.
    const withOnes = inputs.map((row) => [1, ...row]);
    expect(deviation(whiten(withOnes, { method, center: false }).apply(withOnes), 5)).toBeLessThan(1e-12);
  });

  test('accepts numbers in any form, and returns float32 for float32 and bfloat16', () => {
    const inputs = correlated(30, 3).map((row) => row.map((x) => Math.fround(Math.round(x * 4))));
    const flat = inputs.flat();
    const expected = whiten(inputs, { method }).apply(inputs);
    expect(Object.prototype.toString.call(expected)).toBe('[object Float64Array]');
    const bits = Uint16Array.from(new Uint32Array(Float32Array.from(flat).buffer), (x) => x >>> 16);
    const forms: [Values, string][] = [
      [flat, 'Float64Array'],
      [Float64Array.from(flat), 'Float64Array'],
      [Int32Array.from(flat), 'Float64Array'],
      [Int8Array.from(flat), 'Float64Array'],
      [Float32Array.from(flat), 'Float32Array'],
      [bfloat16(bits), 'Float32Array'],
    ];
    for (const [values, type] of forms) {
      const whitening = whiten(values, { method, columns: 3 });
      const outputs = whitening.apply(values);
      expect(Object.prototype.toString.call(outputs)).toBe(`[object ${type}]`);
      expect(greatestError(outputs, expected)).toBeLessThan(type === 'Float32Array' ? 2e-7 : 1e-15);
      const undone = whitening.invert(outputs);
      expect(Object.prototype.toString.call(undone)).toBe(`[object ${type}]`);
      expect(greatestError(undone, flat)).toBeLessThan(type === 'Float32Array' ? 2e-6 : 1e-12);
    }
    const bytes = Uint8Array.from(flat, (x) => x + 100);
    expect(deviation(whiten(bytes, { method, columns: 3 }).apply(bytes), 3)).toBeLessThan(1e-12);
  });

  test('returns inputs for a dataset', () => {
    const inputs = Float32Array.from(correlated(40, 3).flat());
    const whitening = whiten(inputs, { method, columns: 3 });
    const data = new Dataset({ inputs: whitening.apply(inputs), columns: whitening.components });
    expect([data.rows, data.columns]).toEqual([40, 3]);
  });

  test('does not change its inputs, and is frozen', () => {
    const inputs = Float64Array.from(correlated(20, 2).flat());
    const before = inputs.slice();
    const whitening = whiten(inputs, { method, columns: 2 });
    whitening.apply(inputs);
    expect([...inputs]).toEqual([...before]);
    expect([whitening, whitening.matrix, whitening.matrix.shape].every(Object.isFrozen)).toBe(true);
    expect(whitening).toMatchObject({ method, columns: 2, components: 2, matrix: { shape: [2, 2] } });
  });

  test('with an epsilon keeps small variances small', () => {
    const inputs = correlated(100, 4);
    const whitening = whiten(inputs, { method, epsilon: 0.5 });
    const white = moments(rowsOf(whitening.apply(inputs), 4));
    const kept = [...whitening.eigenvalues].map((x) => x / (x + 0.5));
    const trace = white.reduce((total, row, i) => total + row[i]!, 0);
    expect(trace).toBeCloseTo(
      kept.reduce((total, x) => total + x, 0),
      10,
    );
    if (method === 'pca')
      expect(
        greatestError(
          white.map((row, i) => row[i]!),
          kept,
        ),
      ).toBeLessThan(1e-10);
    expect(greatestError(whitening.invert(whitening.apply(inputs)), inputs.flat())).toBeLessThan(1e-11);
  });
});

describe('ZCA', () => {
  test('is symmetric, and the inverse square root of the covariance', () => {
    const inputs = correlated(200, 6);
    const matrix = matrixOf(whiten(inputs));
    expect(greatestError(matrix.flat(), transposed(matrix).flat())).toBeLessThan(1e-13);
    const origin = means(inputs);
    const covariance = moments(inputs.map((row) => row.map((x, j) => x - origin[j]!)));
    const root = product(product(matrix, covariance), matrix);
    expect(greatestError(root.flat(), identity(6).flat())).toBeLessThan(1e-11);
    expect(matrix.every((row, i) => row[i]! > 0)).toBe(true);
  });

  test('is the whitening closest to the inputs', () => {
    const inputs = correlated(100, 4);
    const distance = (outputs: Rows, origin: readonly number[]) =>
      outputs.reduce(
        (total, row, i) => total + row.reduce((rest, z, j) => rest + (z - (inputs[i]![j]! - origin[j]!)) ** 2, 0),
        0,
      );
    const zca = whiten(inputs);
    const [nearest, pca] = [zca, whiten(inputs, { method: 'pca' })].map((whitening) =>
      rowsOf(whitening.apply(inputs), 4),
    );
    const least = distance(nearest!, zca.mean as unknown as number[]);
    for (const seed of range(20)) {
      const rotated = product(nearest!, orthonormal(4, 4, seed));
      expect(distance(rotated, zca.mean as unknown as number[])).toBeGreaterThan(least);
    }
    expect(distance(pca!, zca.mean as unknown as number[])).toBeGreaterThan(least);
  });

  test('is PCA whitening rotated back along the principal directions', () => {
    const inputs = correlated(100, 4);
    const [zca, pca] = [whiten(inputs), whiten(inputs, { method: 'pca' })];
    const directions = transposed(matrixOf(pca).map((row, k) => row.map((x) => x * Math.sqrt(pca.eigenvalues[k]!))));
    expect(greatestError(matrixOf(zca).flat(), product(directions, matrixOf(pca)).flat())).toBeLessThan(1e-12);
  });

  test('accepts inputs of lower rank with an epsilon', () => {
    const inputs = correlated(50, 3).map(([x, y, z]) => [x!, y!, x! + y!, 4, z!]);
    const whitening = whiten(inputs, { epsilon: 0.01 });
    expect(whitening.components).toBe(5);
    expect(whitening.eigenvalues).toHaveLength(3);
    const matrix = matrixOf(whitening);
    expect(greatestError(matrix.flat(), transposed(matrix).flat())).toBeLessThan(1e-12);
    // The matrix is (Σ + εI)^−½.
    const origin = means(inputs);
    const covariance = moments(inputs.map((row) => row.map((x, j) => x - origin[j]!)));
    const regularised = sum(covariance, scaled(0.01, identity(5)));
    expect(greatestError(product(product(matrix, regularised), matrix).flat(), identity(5).flat())).toBeLessThan(1e-10);
    expect(greatestError(whitening.invert(whitening.apply(inputs)), inputs.flat())).toBeLessThan(1e-11);
  });
});

describe('PCA', () => {
  test('has orthonormal directions with a positive largest element', () => {
    const pca = whiten(correlated(100, 5), { method: 'pca' });
    const directions = matrixOf(pca).map((row, k) => row.map((x) => x * Math.sqrt(pca.eigenvalues[k]!)));
    expect(greatestError(product(directions, transposed(directions)).flat(), identity(5).flat())).toBeLessThan(1e-12);
    for (const row of directions)
      expect(row.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best))).toBeGreaterThan(0);
  });

  test('has such directions also for dependent columns', () => {
    const inputs = correlated(50, 3).map(([x, y, z]) => [x!, 100 * y!, z!, x! - 2 * y!, z! / 10]);
    const pca = whiten(inputs, { method: 'pca' });
    const directions = matrixOf(pca).map((row, k) => row.map((x) => x * Math.sqrt(pca.eigenvalues[k]!)));
    expect(greatestError(product(directions, transposed(directions)).flat(), identity(3).flat())).toBeLessThan(1e-12);
    const origin = means(inputs);
    const covariance = moments(inputs.map((row) => row.map((x, j) => x - origin[j]!)));
    const along = product(product(directions, covariance), transposed(directions));
    expect(
      greatestError(
        along.map((row, k) => row[k]!),
        [...pca.eigenvalues],
      ),
    ).toBeLessThan(1e-12);
  });

  test('is white also for dependent columns with components close to the limit', () => {
    const draw = normal(7);
    const inputs = range(40).map(() => {
      const [t, u, v] = [draw(), draw(), draw()];
      return [t, 5 * (t + 5e-5 * u), t + 2e-5 * v, t];
    });
    const pca = whiten(inputs, { method: 'pca' });
    expect(pca.components).toBe(3);
    expect(deviation(pca.apply(inputs), 3)).toBeLessThan(1e-9);
  });

  test('keeps the requested number of components, and inverts to the nearest inputs', () => {
    const inputs = correlated(100, 5);
    const all = whiten(inputs, { method: 'pca' });
    const two = whiten(inputs, { method: 'pca', components: 2 });
    expect(two.components).toBe(2);
    expect(two.matrix.shape).toEqual([2, 5]);
    expect([...two.matrix.data]).toEqual([...all.matrix.data.subarray(0, 10)]);
    expect([...two.eigenvalues]).toEqual([...all.eigenvalues]);
    expect(deviation(two.apply(inputs), 2)).toBeLessThan(1e-12);
    const lost = Array.from(two.invert(two.apply(inputs))).reduce(
      (total, x, i) => total + (x - inputs.flat()[i]!) ** 2,
      0,
    );
    expect(lost / 100).toBeCloseTo(
      [...all.eigenvalues].slice(2).reduce((total, x) => total + x, 0),
      10,
    );
  });

  test.each([
    ['columns that depend on others', correlated(50, 3).map(([x, y, z]) => [x!, y!, z!, x! - 2 * y!]), 3],
    ['constant columns', correlated(50, 3).map(([x, y, z]) => [0.1, x!, y!, 0, z!]), 3],
    ['fewer rows than columns', correlated(4, 10), 3],
    ['a row again and again', [...range(9).map(() => [1, 2, 3]), [3, 2, 1]], 1],
  ])('keeps only the components of %s', (_, inputs, rank) => {
    const whitening = whiten(inputs, { method: 'pca' });
    expect(whitening.components).toBe(rank);
    expect(whitening.eigenvalues).toHaveLength(rank);
    expect(deviation(whitening.apply(inputs), rank)).toBeLessThan(1e-10);
    expect(greatestError(whitening.invert(whitening.apply(inputs)), inputs.flat())).toBeLessThan(1e-10);
  });
});

describe('whiten refuses', () => {
  const inputs = correlated(20, 3);
  test.each([
    [inputs, { methods: 'pca' }, 'ERR_INVALID_ARGUMENT', ['whiten', '"methods"', '"method"']],
    [inputs, { method: 'cholesky' }, 'ERR_INVALID_ARGUMENT', ['method', '"cholesky"']],
    [inputs, { center: 1 }, 'ERR_INVALID_ARGUMENT', ['center', '1']],
    [inputs, { epsilon: -1 }, 'ERR_OUT_OF_RANGE', ['epsilon', '-1']],
    [inputs, { components: 2 }, 'ERR_INVALID_ARGUMENT', ['components', "method: 'pca'"]],
    [inputs, { method: 'pca', components: 0 }, 'ERR_OUT_OF_RANGE', ['components', '0']],
    [inputs, { method: 'pca', components: 4 }, 'ERR_OUT_OF_RANGE', ['components is 4', 'rank of inputs is 3']],
    [inputs, { columns: 4 }, 'ERR_SHAPE', ['inputs[0] has 3', 'columns is 4']],
    [inputs.flat(), {}, 'ERR_INVALID_ARGUMENT', ['columns']],
    [inputs.flat(), { columns: 7 }, 'ERR_SHAPE', ['60', 'columns, 7']],
    [[], { columns: 2 }, 'ERR_SHAPE', ['inputs is empty']],
    ['numbers', { columns: 2 }, 'ERR_INVALID_ARGUMENT', ['inputs', '"numbers"']],
    [[1, 2, 3, NaN], { columns: 2 }, 'ERR_NON_FINITE', ['inputs', 'row 1, column 1', 'NaN']],
    [[[1, 2]], {}, 'ERR_OUT_OF_RANGE', ['nothing to whiten', '1']],
    [[1, 2, 1, 2, 1, 2], { columns: 2 }, 'ERR_OUT_OF_RANGE', ['nothing to whiten', 'rows are all the same']],
    [[0, 0], { columns: 1, center: false }, 'ERR_OUT_OF_RANGE', ['nothing to whiten']],
    [
      [
        [1e200, 1],
        [-1e200, 0],
      ],
      {},
      'ERR_OUT_OF_RANGE',
      ['column 0', '1e+200', '1e+150'],
    ],
    [[1e-200, -1e-200], { columns: 1 }, 'ERR_OUT_OF_RANGE', ['nothing to whiten']],
  ] as const)('inputs or options that don’t fit: %#', (values, options, code, words) =>
    // biome-ignore lint/suspicious/noExplicitAny: what is refused has no type
    expectRefusal(() => whiten(values as any, options as any), code, ...words),
  );

  test.each([
    ['columns that depend on others', inputs.map(([x, y]) => [x!, y!, x! + y!]), ['3 columns', 'rank is only 2']],
    ['constant columns', inputs.map(([x, y]) => [x!, 7, y!, 0.1]), ['constant: 1, 3', 'rank is only 2']],
    ['as few rows as columns', inputs.slice(0, 3), ['rank is only 2']],
  ])('%s under zca, and suggests ways out', (_, values, words) =>
    expectRefusal(() => whiten(values), 'ERR_OUT_OF_RANGE', ...words, "method: 'pca'", '2 components', 'epsilon'),
  );

  test('a result that isn’t white, and suggests ways out', () => {
    const moments = (error: number) =>
      new Matrix([
        [1, error],
        [error, 1],
      ]);
    checkIdentity(moments(1e-9), 1e-9);
    for (const error of [1.1e-9, -2, NaN])
      expectRefusal(
        () => checkIdentity(moments(error), 1e-9),
        'ERR_OUT_OF_RANGE',
        `differs from the identity by ${Math.abs(error)}`,
        'more than 1e-9',
        'fewer components',
        'epsilon',
      );
  });

  test('rows that don’t fit in apply', () => {
    const whitening = whiten(inputs, { method: 'pca', components: 2 });
    expectRefusal(() => whitening.apply([[1, 2]]), 'ERR_SHAPE', 'inputs[0] has 2', "whitening's columns is 3");
    expectRefusal(() => whitening.apply([1, 2, 3, 4]), 'ERR_SHAPE', 'inputs has 4', '3');
    expectRefusal(() => whitening.apply([1, 2, Infinity]), 'ERR_NON_FINITE', 'inputs', 'row 0, column 2');
    expectRefusal(() => whitening.invert([[1, 2, 3]]), 'ERR_SHAPE', 'outputs[0] has 3', "whitening's components is 2");
    expectRefusal(() => whitening.invert([1, NaN]), 'ERR_NON_FINITE', 'outputs', 'row 0, column 1');
  });
});
