import {
  type CandidateContext,
  type ForecastData,
  type Forecaster,
  type ForecastMethod,
  persistence,
  seasonalPersistence,
} from './candidate.js';
import {
  fitAveragedSmoothing,
  fitExponentialSmoothing,
  fitThetaForecaster,
  type SmoothingForecaster,
} from './exponential_smoothing.js';
import { fitLinearForecaster, type LinearForecaster } from './linear.js';
import { fitNetwork } from './network.js';

/** Methods that are fitted, in the order of their fits. */
export const fittedMethods = ['exponentialSmoothing', 'averagedSmoothing', 'theta', 'linear', 'network'] as const;

export type FittedMethod = (typeof fittedMethods)[number];

/** Methods that learn from features of all series. */
export const learners: readonly FittedMethod[] = ['linear', 'network'];

/** All methods of a fit. Methods that learn from features need rows, which short series lack. */
export type Forecasters = ReadonlyMap<ForecastMethod, Forecaster>;

/** The share of each fit in the time. */
const times: Record<FittedMethod, number> = {
  exponentialSmoothing: 1,
  averagedSmoothing: 0.1,
  theta: 0.2,
  linear: 1,
  network: 4,
};

/** What each method is fitted to: itself, and those whose forecasts it corrects or whose fits it averages. */
const chains: Record<FittedMethod, readonly FittedMethod[]> = {
  exponentialSmoothing: ['exponentialSmoothing'],
  averagedSmoothing: ['exponentialSmoothing', 'averagedSmoothing'],
  theta: ['theta'],
  linear: ['exponentialSmoothing', 'linear'],
  network: ['exponentialSmoothing', 'linear', 'network'],
};

export const isFitted = (method: ForecastMethod): method is FittedMethod =>
  (fittedMethods as readonly ForecastMethod[]).includes(method);

/** Which methods must be fitted for some, in the order of their fits. */
export function neededFor(methods: readonly ForecastMethod[]): readonly FittedMethod[] {
  const needed = methods.filter(isFitted).flatMap((one) => chains[one]);
  return fittedMethods.filter((one) => needed.includes(one));
}

/** The members of the combination: the fitted methods that may be chosen, or all if fewer than two may. */
export function membersAmong(allowed: readonly ForecastMethod[]): readonly FittedMethod[] {
  const members = fittedMethods.filter((one) => allowed.includes(one));
  return members.length < 2 ? fittedMethods : members;
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
  const fits = {
    exponentialSmoothing: () => fitExponentialSmoothing,
    averagedSmoothing: () => fitAveragedSmoothing(all.get('exponentialSmoothing') as SmoothingForecaster),
    theta: () => fitThetaForecaster,
    linear: () => fitLinearForecaster(all.get('exponentialSmoothing') as SmoothingForecaster),
    network: () => fitNetwork(all.get('linear') as LinearForecaster),
  };
  const whole = methods.reduce((sum, one) => sum + times[one], 0);
  let done = 0;
  for (const method of methods) {
    const onShare = (share: number) => context.onShare?.((done + share * times[method]) / whole);
    all.set(method, await fits[method]()(data, end, { ...context, onShare }));
    done += times[method];
  }
  return all;
}
