/** The number of a row for messages, from 1 on, by its place among the rows. */
export type RowNumber = (row: number) => number;

/** Numbers of adjacent rows, of which the first has the number `first`. */
export const numberedFrom =
  (first: number): RowNumber =>
  (row) =>
    first + row;
