import { isArray } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkOptions } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface EmbeddingOptions {
  /**
   * How many numbers stand for a category: of all columns, or of each. Default: 1.6·n^0.56 for a column of n categories, rounded, at
   * most 600.
   */
  dimensions?: number | readonly number[] | undefined;
}

export interface EmbeddingLayer extends Layer {
  readonly kind: 'embedding';
  readonly dimensions: number | readonly number[] | undefined;
}

const most = 2 ** 20;

/**
 * Numbers for categories: each column has a table of its own, with a row for each category, and the rows of an example's categories are
 * put side by side. Rows start normal, of length 1 or so.
 *
 * A rule that can make up for steps that a row has missed (`sgd`, `momentum`, `adagrad`, `adam`, `adamw`, `radam`, `ftrl`) updates rows
 * when a minibatch has their category, to the same effect as if it updated all of them in each step.
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

/** How many numbers stand for a category of a column, unless `dimensions` says it. */
export const defaultDimensions = (categories: number): number =>
  Math.min(600, Math.max(1, Math.round(1.6 * categories ** 0.56)));

defineLayer<EmbeddingLayer>('embedding', ({ kind: _, ...options }) => embedding(options));
