import type { Backtest } from './backtest.js';
import type { ForecastData, ForecastMethod } from './candidate.js';
import { correctedByOthers } from './corrections.js';
import { timeOf } from './spacing.js';
import type { BacktestedRow } from './spec.js';

/** The forecasts of the backtest from the last origin of each series that is followed by a whole horizon. */
export function lastBacktested(
  test: Backtest,
  { histories, spacing }: ForecastData,
  method: ForecastMethod,
  isDate: boolean,
  hasNames: boolean,
): BacktestedRow[] {
  const { horizon, origins, levels } = test;
  const found = correctedByOthers(test, method);
  return histories.flatMap(({ series: { values, begin, name } }, index) => {
    const last = origins.reduce(
      (best, { series, at }, i) =>
        series === index && at + horizon <= values.length && (best < 0 || at > origins[best]!.at) ? i : best,
      -1,
    );
    if (last < 0) return [];
    return Array.from({ length: horizon }, (_, i): BacktestedRow => {
      const time = timeOf(spacing, begin + origins[last]!.at + i);
      const [low, prediction, high] = levels.map((_level, one) => found[one]![last * horizon + i]!) as [
        number,
        number,
        number,
      ];
      return {
        ...(hasNames && { series: name }),
        time: isDate ? new Date(time) : time,
        step: i + 1,
        place: origins[last]!.at + i - values.length + 1,
        prediction,
        low,
        high,
      };
    });
  });
}
