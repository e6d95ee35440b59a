import { normal, range } from './numbers';

/** Rows of a matrix, as plain numbers. */
export type Rows = number[][];

export const rowsOf = (numbers: ArrayLike<number>, columns: number): Rows =>
  range(numbers.length / columns).map((row) => range(columns).map((column) => numbers[row * columns + column]!));
export const transposed = (a: Rows): Rows => a[0]!.map((_, j) => a.map((row) => row[j]!));
export const product = (a: Rows, b: Rows): Rows => {
  const columns = transposed(b);
  return a.map((row) => columns.map((column) => row.reduce((sum, x, k) => sum + x * column[k]!, 0)));
};
export const scaled = (factor: number, a: Rows): Rows => a.map((row) => row.map((x) => factor * x));
export const sum = (...terms: Rows[]): Rows =>
  terms[0]!.map((row, i) => row.map((_, j) => terms.reduce((total, term) => total + term[i]![j]!, 0)));

/** Random orthonormal columns, by Gram–Schmidt on normal numbers, applied twice for accuracy. */
export function orthonormal(rows: number, columns: number, seed: number): Rows {
  const draw = normal(seed);
  const done: number[][] = [];
  for (const _ of range(columns)) {
    let column = range(rows).map(draw);
    for (const other of [...done, ...done]) {
      const share = column.reduce((total, x, i) => total + x * other[i]!, 0);
      column = column.map((x, i) => x - share * other[i]!);
    }
    const length = Math.hypot(...column);
    done.push(column.map((x) => x / length));
  }
  return transposed(done);
}
