import { Matrix } from 'ml-matrix';
import type { Random } from '../../numbers/random.js';

export interface TreeOptions {
  /** Of branchings: the items are 2^levels. */
  readonly levels: number;
  readonly features: number;
  /** The probability with which a feature changes its sign on a branch. */
  readonly flip: number;
}

/**
 * Features of items that descend from one another, a row for each feature and a column for each item: each is ±1 at the root of a binary
 * tree, and changes its sign at random on the way down, so that items have the more in common the later they part (Saxe et al. 2013, section
 * 1.3).
 */
export function treeFeatures({ levels, features, flip }: TreeOptions, random: Random): Matrix {
  const descend = (values: readonly number[]) =>
    values.flatMap((value) => [value, value].map((inherited) => (random.uniform() < flip ? -inherited : inherited)));
  return new Matrix(
    Array.from({ length: features }, () => {
      let values = [random.uniform() < 0.5 ? -1 : 1];
      for (let level = 0; level < levels; ++level) values = descend(values);
      return values;
    }),
  );
}
