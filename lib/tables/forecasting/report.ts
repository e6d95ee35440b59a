import type { ForecastMethod } from './candidate.js';
import type { ForecastScores } from './scores.js';
import type { TimesNamed } from './series.js';

/** How forecasts were made and how good they were in the backtest. Plain data. */
export interface ForecastReport {
  readonly target: string;
  readonly time: string;
  readonly by?: string;
  readonly known: readonly string[];
  readonly horizon: number;
  /** The number of series, and the names of those without enough values for the chosen method (the first few). */
  readonly series: number;
  readonly short: TimesNamed;
  /** Series whose last value is earlier than that of others, after which they are forecast; missing if there are none. */
  readonly ended?: TimesNamed;
  /** The values of all series. */
  readonly values: number;
  /** The distance of neighbouring times, such as `day` or `15 minutes`; `step of 5` of numbers. */
  readonly spacing: string;
  /** The times per season; 1 without a season. */
  readonly season: number;
  /** The first and the last time with a value. */
  readonly first: string;
  readonly last: string;
  /** Times between the first and the last of a series without a value. Inputs use the last value before them. */
  readonly missing: TimesNamed;
  /** Times with several rows, whose mean is used. */
  readonly doubled: TimesNamed;
  /** Rows without a time or a series, which are left out. */
  readonly withoutTime: number;
  /** The least possible value, below which forecasts and intervals do not go; missing if there is none. */
  readonly lowest?: number;
  /** The share of the true values that the interval is meant to contain. */
  readonly interval: number;
  /** The levels of the quantiles that are forecast. */
  readonly quantiles: readonly number[];
  /** The method that forecasts: the combination, or the one with the least MASE in the backtest if that is clearly less. */
  readonly chosen: ForecastMethod;
  /** Why methods were left out; missing if none was. */
  readonly leftOut?: string;
  /** The scores of each method in the backtest. */
  readonly scores: Readonly<Partial<Record<ForecastMethod, ForecastScores>>>;
  /** The scores if the method of each fold is the one that is best in the other folds: what to expect of the choice. */
  readonly choice: ForecastScores;
  readonly backtest: {
    readonly folds: number;
    /** The first time that was forecast. */
    readonly from: string;
    /** The origins of all series, from each of which the whole horizon was forecast. */
    readonly origins: number;
  };
  /** The values before a forecast that are inputs of the linear model and the network; 0 is the last one. */
  readonly lags: readonly number[];
  /** The number of inputs of the linear model and the network. */
  readonly inputs: number;
  readonly seed: number;
  readonly seconds: number;
}
