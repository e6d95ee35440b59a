import { type CheckedOptions, type Checks, checkedOptions } from '../checks/checked_options.js';
import type { Ranks } from '../distributed/ranks.js';
import { type Decide, type DecisionOptions, decisionChecks, decisionOf, type ModelDecision } from './decision.js';
import { boundsAt, checkErrorBounds, checkInterval, type ErrorBounds, type IntervalOptions } from './intervals.js';
import type { Target } from './target.js';
import type { Prediction } from './targets/head.js';

export interface PredictRowsOptions extends DecisionOptions, IntervalOptions {}

export const predictChecks = { ...decisionChecks, interval: checkInterval } satisfies Checks<PredictRowsOptions>;

/** What a model knows besides its network and its pipeline. Plain data, part of its file. */
export interface TableModelDetails {
  /** For numbers: the errors on held-out rows, which give predictions their intervals. */
  readonly errorBounds?: ErrorBounds | undefined;
  /** For classes: how one is chosen, unless `predict` is asked for another threshold or other costs. */
  readonly decision?: ModelDecision | undefined;
}

/** Predictions for some rows. */
export interface PredictedRows {
  readonly predictions: readonly Prediction[];
  /** For classes: the probabilities of all classes, row by row, in the order of the target's classes. */
  readonly probabilities?: Float64Array;
  /**
   * The same as numbers, row by row: the number, the quantiles in ascending order, or the probabilities of all classes; of several
   * targets, those of each.
   */
  readonly readings: Float64Array;
  /** The ends of the intervals, if they were requested. */
  readonly low?: Float64Array;
  readonly high?: Float64Array;
}

export interface PredictChunksOptions extends PredictRowsOptions {
  /** Whether chunks have the flags of their rows. Default false. */
  readonly flags?: boolean | undefined;
  /** Whether chunks have the contributions of the columns to each prediction. Default false. */
  readonly explain?: boolean | undefined;
  /** Further columns for the chunks, besides those that the model reads. Default: none. */
  readonly keep?: readonly string[] | undefined;
  /**
   * Processes that share the rows. Each calls this with the same model and its own source of the same file, and gets the chunks
   * of its rows, numbered from 1. Default: this process alone.
   */
  readonly ranks?: Ranks | undefined;
}

export type CheckedPredictOptions = CheckedOptions<typeof predictChecks>;

/** The decision among classes, and the errors that an interval reaches over. */
export interface HowToPredict {
  readonly decide?: Decide | undefined;
  readonly errors?: { readonly low: number; readonly high: number } | undefined;
}

export const detailChecks = {
  errorBounds: (_name, bounds) => checkErrorBounds(bounds),
  decision: (name, decision) => checkedOptions(name, decision as ModelDecision, decisionChecks),
} satisfies Checks<TableModelDetails>;

/**
 * How outputs become predictions.
 *
 * @param usual The decision of the model itself.
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` for options that don't fit the model.
 */
export function howToPredict(
  where: string,
  target: Target,
  { errorBounds }: TableModelDetails,
  { interval, ...decision }: CheckedPredictOptions,
  usual: Decide | undefined,
): HowToPredict {
  return {
    decide: decisionOf(where, target, decision) ?? usual,
    errors: interval === undefined ? undefined : boundsAt(where, target, errorBounds, interval),
  };
}
