import { forecastVerdict } from '../../../lib/cli/tables/forecast_text';
import type { ForecastMethod, ForecastReport } from '../../../lib/tables/index';

const verdict = (chosen: ForecastMethod, errors: Partial<Record<ForecastMethod, number>>, season = 7): string =>
  forecastVerdict({
    chosen,
    season,
    scores: Object.fromEntries(Object.entries(errors).map(([method, mase]) => [method, { mase }])),
  } as unknown as ForecastReport);

describe('the verdict on forecasts', () => {
  test.each([
    [
      'the best method',
      verdict('combination', { seasonalPersistence: 1, exponentialSmoothing: 0.9, combination: 0.8 }),
      'The forecast is that of the combination, whose errors in the backtest are 20.0 % smaller than those of the value one season earlier.',
    ],
    [
      'a better method that was not chosen',
      verdict('seasonalPersistence', { seasonalPersistence: 1, exponentialSmoothing: 0.75 }),
      'The forecast is the value one season earlier. Exponential smoothing had errors 25.0 % smaller than that; the difference is not clear, or it was not among the methods to choose from.',
    ],
    [
      'no better method',
      verdict('seasonalPersistence', { seasonalPersistence: 1, exponentialSmoothing: 1.1 }, 1),
      'No method was better than the last value, so that is the forecast.',
    ],
    [
      'a method that is worse than the value one season earlier',
      verdict('persistence', { seasonalPersistence: 1, persistence: 2 }),
      'The forecast is that of persistence, which was no better than the value one season earlier in the backtest. Seasonal persistence had errors 50.0 % smaller than that; the difference is not clear, or it was not among the methods to choose from.',
    ],
    [
      'values that are all equal',
      verdict('persistence', { seasonalPersistence: 0, persistence: 0 }),
      'In the backtest, seasonal persistence made no error. The forecast is that of persistence.',
    ],
  ])('names %s', (_, text, expected) => expect(text).toBe(expected));
});
