import { sumOf } from '../sampling.js';
import type { ForecastData, Forecaster, Quantiles } from './candidate.js';
import type { Origin } from './features.js';
import { type FittedMethod, type Forecasters, learners } from './methods.js';

/** What each member counts in the combination, for each series. */
export interface CombinationWeights {
  readonly members: readonly FittedMethod[];
  /** For each series, a weight for each member. They sum to 1. */
  readonly ofSeries: readonly (readonly number[])[];
}

/** The errors of members in the backtest, for each series, and the same over all series. NaN if there are none. */
export interface MemberErrors {
  readonly members: readonly FittedMethod[];
  readonly ofSeries: readonly (readonly number[])[];
  readonly ofAll: readonly number[];
  /** The number of horizons that the backtest covers. */
  readonly horizons: number;
}

/** A member whose errors are twice as large counts 2^power times less. */
const power = 12;

/** By what the errors of methods that learn are increased if the backtest has a single horizon. */
const penalty = 0.1;

/** Errors of exact forecasts, in units of the mean change over a season: smaller ones are of rounding. */
const leastError = 1e-9;

/** Smaller weights are 0, so that the method need not be fitted for them. */
const leastWeight = 0.01;

/** Equal weights. */
export const equalWeights = (members: readonly FittedMethod[], series: number): CombinationWeights => ({
  members,
  ofSeries: Array.from({ length: series }, () => members.map(() => 1 / members.length)),
});

/**
 * Weights by the inverse errors of the members (Bates & Granger 1969). The errors are the geometric mean of those of the
 * series and those of all series, so that few values of a series decide less than all do. With n horizons in the backtest, the
 * errors of methods that learn from features count as larger by 0.1/√n: their advantage in a short backtest often does not last.
 */
export function weightsFrom({ members, ofSeries, ofAll, horizons }: MemberErrors): CombinationWeights {
  const factors = members.map((one) => (learners.includes(one) ? 1 + penalty / Math.sqrt(horizons) : 1));
  return {
    members,
    ofSeries: ofSeries.map((own) => {
      const errors = ofAll.map((all, i) =>
        Math.max(leastError, factors[i]! * Math.sqrt(all * (Number.isNaN(own[i]!) ? all : own[i]!))),
      );
      const best = Math.min(...errors);
      if (!Number.isFinite(best)) return members.map(() => 1 / members.length);
      const weights = errors.map((x) => (best / x) ** power);
      const sum = sumOf(weights);
      const kept = weights.map((x) => (x < leastWeight * sum ? 0 : x));
      return kept.map((x) => x / sumOf(kept));
    }),
  };
}

/** The members with a weight for any series. */
export const membersUsed = ({ members, ofSeries }: CombinationWeights): readonly FittedMethod[] =>
  members.filter((_, i) => ofSeries.some((weights) => weights[i]! > 0));

/** The weighted mean of the forecasts of other methods. */
export class CombinationForecaster implements Forecaster {
  readonly weights: CombinationWeights;
  readonly #forecasters: Forecasters;

  constructor(weights: CombinationWeights, forecasters: Forecasters) {
    this.weights = weights;
    this.#forecasters = forecasters;
  }

  async forecast(data: ForecastData, origins: readonly Origin[]): Promise<Quantiles> {
    const { horizon } = data.plan;
    const used = membersUsed(this.weights);
    const all = new Map<FittedMethod, Quantiles>();
    for (const one of used) all.set(one, await this.#forecasters.get(one)!.forecast(data, origins));
    return combined(all, this.weights, (i) => origins[Math.floor(i / horizon)]!.series, data.levels);
  }
}

/** The weighted mean of the forecasts of members. @param seriesAt The series of entry i. */
export const combined = (
  all: ReadonlyMap<FittedMethod, Quantiles>,
  { members, ofSeries }: CombinationWeights,
  seriesAt: (i: number) => number,
  levels: readonly number[],
): Quantiles => {
  const parts = members.map((one) => all.get(one));
  const length = parts.find((part) => part !== undefined)![0]!.length;
  return levels.map((_, level) =>
    Float64Array.from({ length }, (_entry, i) => {
      const weights = ofSeries[seriesAt(i)]!;
      return parts.reduce((sum, part, j) => (weights[j]! > 0 ? sum + weights[j]! * part![level]![i]! : sum), 0);
    }),
  );
};
