import { type ErrorBounds, errorBounds } from '../intervals.js';
import { eachPart, partsOfRows, pick, pickSampling } from './cross_fitting.js';
import type { DivisionOptions } from './division_options.js';
import { type Estimate, shareOf } from './estimates.js';
import type { Predicted } from './scores.js';

/** Intervals of predicted numbers, as `train` reports them. */
export interface IntervalReport {
  /** The share of rows whose true value the interval shall contain. */
  readonly level: number;
  /** The interval reaches from prediction + `low` to prediction + `high`. */
  readonly low: number;
  readonly high: number;
  /** The share of held-out rows that an interval contained which was made without their part of the rows. */
  readonly covered: Estimate;
}

/** The level of the intervals in the report. */
const reported = 0.9;

/**
 * The bounds of the errors of held-out rows, and the intervals by them; no intervals if there are too few rows or groups.
 *
 * @param divisions The predictions for the rows of each division.
 * @param all The same of all, with the groups by which scores are estimated.
 */
export function intervalsOf(
  divisions: readonly Predicted[],
  all: Predicted,
  { by }: DivisionOptions,
): { errorBounds: ErrorBounds; intervals?: IntervalReport } {
  const errors = all.truths.map((truth, row) => truth - all.predictions[row]!);
  const sampling = by === undefined ? { weights: all.weights } : all; // neighbours in time are no groups that a row is new to
  const bounds = errorBounds(errors, sampling);
  const ends = endsOf(bounds);
  if (!ends) return { errorBounds: bounds };
  const hits = new Float64Array(errors.length);
  for (const { own, others } of eachPart(partsOfRows(divisions))) {
    const without = endsOf(errorBounds(pick(errors, others), pickSampling(sampling, others))) ?? ends;
    for (const row of own) hits[row] = errors[row]! >= without.low && errors[row]! <= without.high ? 1 : 0;
  }
  return { errorBounds: bounds, intervals: { level: reported, ...ends, covered: shareOf(hits, all) } };
}

function endsOf({ low, high }: ErrorBounds): { low: number; high: number } | undefined {
  const place = Math.round((1 - reported) * low.length) - 1;
  const [least, greatest] = [low[place] ?? null, high[place] ?? null];
  return least === null || greatest === null ? undefined : { low: least, high: greatest };
}
