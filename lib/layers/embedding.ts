import { isArray } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkOptions } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface EmbeddingOptions {
  /**
   * Numbers per category, for all columns or for each. Default: 1.6·n^0.56 for a column of n categories, rounded, from
   * 1 to 600.
   */
  dimensions?: number | readonly number[] | undefined;
}

export interface EmbeddingLayer extends Layer {
  readonly kind: 'embedding';
  readonly dimensions: number | readonly number[] | undefined;
}

const most = 2 ** 20;

/**
 * Vectors for categories. Each column has its own table with a row for each category. An example's outputs are the rows
 * of its categories, side by side. Rows start normal, with an expected squared length of 1.
 *
 * Rules that take sparse gradients (`sgd`, `momentum`, `adagrad`, `rowWiseAdagrad`, `adam`, `adamw`, `radam`, `ftrl`)
 * update a row when a minibatch has its category, and make up for the steps that it missed: the result is that of dense
 * updates.
 */
export function embedding(options: EmbeddingOptions = {}): EmbeddingLayer {
  checkOptions('embedding', options, ['dimensions']);
  const { dimensions } = options;
  if (isArray(dimensions)) {
    const expected = 'a number or a number for each column';
    const list = checkArray('dimensions', dimensions, expected, (numbers, i) =>
      checkInteger(`dimensions[${i}]`, numbers, 1, most),
    );
    if (list.length === 0) throw invalid('dimensions', expected, dimensions);
    return Object.freeze({ kind: 'embedding', dimensions: Object.freeze(list) });
  }
  if (dimensions !== undefined) checkInteger('dimensions', dimensions, 1, most);
  return Object.freeze({ kind: 'embedding', dimensions });
}

/** Numbers per category of a column, unless `dimensions` is given. */
export const defaultDimensions = (categories: number): number =>
  Math.min(600, Math.max(1, Math.round(1.6 * categories ** 0.56)));

defineLayer<EmbeddingLayer>('embedding', ({ kind: _, ...options }) => embedding(options));
