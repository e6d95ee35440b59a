/** The number of a row in messages, from 1, by its index. */
export type RowNumber = (row: number) => number;

/** Numbers of adjacent rows, from `first` on. */
export const numberedFrom =
  (first: number): RowNumber =>
  (row) =>
    first + row;
