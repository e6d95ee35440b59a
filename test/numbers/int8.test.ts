import { dequantize, quantized, rowsPerScale, scaleCount } from '../../lib/numbers/int8';
import { floatClass, normal, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

type Matrix = Float32Array | Float64Array;

/** A matrix after the way to integers and back. */
function restored(matrix: Matrix, columns: number): Matrix {
  const back = matrix.slice();
  dequantize(quantized('m', matrix, columns), columns, back.fill(Number.NaN));
  return back;
}

const rowOf = (matrix: Matrix, row: number, columns: number) => [
  ...matrix.subarray(row * columns, (row + 1) * columns),
];
const largestOf = (numbers: readonly number[]) => Math.max(...numbers.map(Math.abs));

describe.each(['float32', 'float64'] as const)('numbers of %s as bytes with scales', (type) => {
  const of = (numbers: readonly number[]): Matrix => floatClass[type].from(numbers);

  test('are wrong by half the scale of their row at most, and not always in one direction', () => {
    const [draw, rows, columns] = [normal(1), 40, 24];
    const matrix = of(range(rows * columns).map((at) => draw() * 10 ** ((Math.floor(at / columns) % 9) - 4)));
    const back = restored(matrix, columns);
    let sum = 0;
    for (const row of range(rows)) {
      const [numbers, found] = [rowOf(matrix, row, columns), rowOf(back, row, columns)];
      const scale = largestOf(numbers) / 127;
      const errors = numbers.map((x, i) => (Math.abs(found[i]!) - Math.abs(x)) / scale);
      expect(largestOf(errors)).toBeLessThanOrEqual(0.5 + 1e-5); // the scale itself is rounded
      sum += errors.reduce((total, error) => total + error, 0);
    }
    expect(Math.abs(sum / matrix.length)).toBeLessThan(0.04); // of a uniform error: 0.29/√960 = 0.01
  });

  test('are exact if they are multiples of the scale, as ±127, and zero', () => {
    const row = [127, -127, 0, 1, -1, 64, -63, 2].map((x) => x * 2 ** -20);
    expect([...restored(of([...row, ...new Array(8).fill(0)]), 8)]).toEqual([...row, ...new Array(8).fill(0)]);
  });

  test('reach from the smallest normal scales to the largest numbers', () => {
    const most = (2 - 2 ** -23) * 2 ** 127;
    const [small, tiny] = [2 ** -126 * 127, 2 ** -126 * 100];
    const rows = [
      [most, -most, most / 2, 0, 0, 0, 0, 1],
      [small, -small, 0, 0, 0, 0, 0, small / 127],
      [tiny, -tiny, 0, 0, 0, 0, 0, 0],
    ];
    const back = restored(of(rows.flat()), 8);
    for (const x of back) expect(Number.isFinite(x)).toBe(true);
    expect(Math.abs(back[0]! / most - 1)).toBeLessThan(2 ** -23);
    expect(Math.abs(back[2]! / most - 1 / 2)).toBeLessThan(1 / 254 + 1e-6);
    expect(rowOf(back, 1, 8)).toEqual(rows[1]);
    expect(rowOf(back, 2, 8)).toEqual(new Array(8).fill(0));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuse %p and name its row', (x) => {
    const matrix = of(range(24));
    matrix[17] = x;
    expectRefusal(
      () => quantized('layers.0.weight', matrix, 8),
      'ERR_OUT_OF_RANGE',
      `row 2 of layers.0.weight has the number ${x}`,
    );
  });
});

test('a number of float64 beyond float32 is refused', () => {
  expectRefusal(() => quantized('m', Float64Array.of(1e300), 1), 'ERR_OUT_OF_RANGE', '1e+300');
});

test('narrow rows share a scale, so that scales take at most a quarter of the space', () => {
  expect(range(12).map((i) => rowsPerScale(i + 1))).toEqual([16, 8, 6, 4, 4, 3, 3, 1, 1, 1, 1, 1]);
  for (const columns of [1, 2, 3, 5, 7, 8, 30]) {
    const draw = normal(columns);
    const matrix = Float32Array.from({ length: 101 * columns }, draw);
    const { numbers, scales } = quantized('m', matrix, columns);
    expect([numbers.length, scales.length]).toEqual([matrix.length, scaleCount(101, columns)]);
    const share = rowsPerScale(columns) * columns;
    const back = restored(matrix, columns);
    for (const [i, scale] of scales.entries()) {
      const numbers = [...matrix.subarray(i * share, (i + 1) * share)];
      expect(scale).toBe(Math.fround(largestOf(numbers) / 127));
      expect(largestOf(numbers.map((x, j) => back[i * share + j]! - x))).toBeLessThanOrEqual(scale * 0.50001);
    }
  }
});
