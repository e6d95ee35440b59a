import type { ForecastMethod } from './candidate.js';
import type { Corrections } from './corrections.js';
import type { FeaturePlan } from './features.js';
import type { ForecastReport } from './report.js';
import type { SeriesColumns } from './series.js';
import type { Spacing } from './spacing.js';

/** The forecast of one time of one series. */
export interface ForecastRow {
  /** The series, as the column that tells them apart has it; missing if there is only one. */
  readonly series?: string;
  /** A date, or a number if the column of times has numbers. */
  readonly time: Date | number;
  /** How many times after the last known value, from 1. */
  readonly step: number;
  /** The median. */
  readonly prediction: number;
  /** The ends of the interval. */
  readonly low: number;
  readonly high: number;
}

/** A forecast of the backtest. */
export interface BacktestedRow extends ForecastRow {
  /** The place of its time among those of the series: 0 for the last one with a value, −1 for the one before. */
  readonly place: number;
}

/** What a model consists of, besides its forecasters. */
export interface ForecastSpec {
  readonly columns: SeriesColumns;
  readonly isDate: boolean;
  readonly spacing: Spacing;
  readonly plan: FeaturePlan;
  readonly levels: readonly number[];
  readonly method: ForecastMethod;
  readonly corrections: Corrections;
  readonly report: ForecastReport;
}
