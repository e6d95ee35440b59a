/** How the rows of a sample count, and which are alike. */
export interface Sampling {
  /** A number for each row, the same for rows of a group: such rows may be alike. Undefined: rows are independent. */
  readonly groups?: Float64Array | undefined;
  /** The weight of each row. Undefined: all are equal. */
  readonly weights?: Float64Array | undefined;
}

export function sumOf(values: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const x of values) sum += x;
  return sum;
}
