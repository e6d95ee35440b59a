import type { Random } from '../../index.js';
import { Matrix } from '../../numbers/matrices.js';

export interface TreeOptions {
  /** Levels of branchings; there are 2^levels items. */
  readonly levels: number;
  readonly features: number;
  /** The probability with which a feature changes its sign on a branch. */
  readonly flip: number;
}

/**
 * Features of items that are the leaves of a binary tree, a row for each feature and a column for each item. A feature
 * is ±1 at the root and changes its sign at random along branches. Items whose branches part later therefore have more
 * in common (Saxe et al. 2013, section 1.3).
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
