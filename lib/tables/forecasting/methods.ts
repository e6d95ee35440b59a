import {
  type CandidateContext,
  type ForecastData,
  type Forecaster,
  type ForecastMethod,
  persistence,
  type Quantiles,
  seasonalPersistence,
} from './candidate.js';
import { fitExponentialSmoothing, type SmoothingForecaster } from './exponential_smoothing.js';
import type { Origin } from './features.js';
import { fitLinearForecaster, type LinearForecaster } from './linear.js';
import { fitNetwork } from './network.js';

/** Methods that are fitted. Each builds on the one before it. */
export const fittedMethods = ['exponentialSmoothing', 'linear', 'network'] as const;

export type FittedMethod = (typeof fittedMethods)[number];

/** All methods of a fit. Methods that learn from features need rows, which short series lack. */
export type Forecasters = ReadonlyMap<ForecastMethod, Forecaster>;

/** The share of each fit in the time. */
const times: Record<FittedMethod, number> = { exponentialSmoothing: 1, linear: 1, network: 4 };

/** Which methods must be fitted for one. */
export function neededFor(method: ForecastMethod): readonly FittedMethod[] {
  const place = method === 'mean' ? fittedMethods.length : fittedMethods.indexOf(method as FittedMethod) + 1;
  return fittedMethods.slice(0, place);
}

/** Fits methods to the values before `end`. */
export async function fitMethods(
  data: ForecastData,
  end: number,
  methods: readonly FittedMethod[],
  context: CandidateContext,
): Promise<Forecasters> {
  const all = new Map<ForecastMethod, Forecaster>([
    ['persistence', persistence],
    ['seasonalPersistence', seasonalPersistence],
  ]);
  const whole = methods.reduce((sum, one) => sum + times[one], 0);
  let done = 0;
  for (const method of methods) {
    const onShare = (share: number) => context.onShare?.((done + share * times[method]) / whole);
    const own = { ...context, onShare };
    const fitting =
      method === 'exponentialSmoothing'
        ? fitExponentialSmoothing
        : method === 'linear'
          ? fitLinearForecaster(all.get('exponentialSmoothing') as SmoothingForecaster)
          : fitNetwork(all.get('linear') as LinearForecaster);
    all.set(method, await fitting(data, end, own));
    done += times[method];
  }
  if (methods.length === fittedMethods.length) all.set('mean', meanOf(fittedMethods.map((one) => all.get(one)!)));
  return all;
}

/** The mean of other methods. */
export const meanOf = (members: readonly Forecaster[]): Forecaster => ({
  async forecast(data, origins: readonly Origin[]) {
    const all: Quantiles[] = [];
    for (const one of members) all.push(await one.forecast(data, origins));
    return meanOfQuantiles(all);
  },
});

export const meanOfQuantiles = (all: readonly Quantiles[]): Quantiles =>
  all[0]!.map((_, level) =>
    all[0]![level]!.map((_, i) => all.reduce((sum, one) => sum + one[level]![i]!, 0) / all.length),
  );
