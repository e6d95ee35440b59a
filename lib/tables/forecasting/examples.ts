import type { ForecastData } from './candidate.js';
import type { SmoothingForecaster } from './exponential_smoothing.js';
import { featureNames, type Origin, writeFeatures } from './features.js';
import { longestSeason } from './fit_smoothing.js';
import { lengthBefore } from './series.js';

/** Rows of inputs for pairs of an origin and a step. */
export interface Examples {
  readonly columns: number;
  /** Row after row. */
  readonly inputs: Float64Array;
  /** In units of the scale, relative to the base. NaN where the value is missing or not there. */
  readonly targets: Float64Array;
  /** Simple forecasts. */
  readonly bases: Float64Array;
  readonly scales: Float64Array;
}

/** A forecast of one step. */
export interface Pair extends Origin {
  readonly step: number;
}

export async function examplesOf(
  data: ForecastData,
  smoothing: SmoothingForecaster,
  pairs: readonly Pair[],
): Promise<Examples> {
  const { histories, plan, spacing } = data;
  const columns = featureNames(plan).length;
  const inputs = new Float64Array(pairs.length * columns);
  const [targets, scales] = [new Float64Array(pairs.length), new Float64Array(pairs.length)];
  const bases = await basesOf(data, smoothing, pairs);
  for (const [i, { series, at, step }] of pairs.entries()) {
    const history = histories[series]!;
    writeFeatures(plan, spacing, history, { at, step, base: bases[i]! }, inputs, i * columns);
    scales[i] = history.scale(at, plan.season);
    targets[i] = ((history.series.values[at + step - 1] ?? Number.NaN) - bases[i]!) / scales[i]!;
  }
  return { columns, inputs, targets, bases, scales };
}

/**
 * What the forecast of each pair is relative to. Exponential smoothing without a season has so few weights that its forecasts of
 * training rows are about as good as those of later ones. With a season, they would be better, so the series' own mean season is used.
 *
 * @param pairs Those of one origin are adjacent.
 */
async function basesOf(
  data: ForecastData,
  smoothing: SmoothingForecaster,
  pairs: readonly Pair[],
): Promise<Float64Array> {
  const { season, horizon } = data.plan;
  const isSeasonal = data.histories.map(
    (_, series) => season > longestSeason || smoothing.fits[series]?.parts[0]?.fit.form.seasonal !== 'none',
  );
  const origins: Origin[] = [];
  const places = pairs.map(({ series, at }) => {
    if (isSeasonal[series]) return -1;
    const last = origins.at(-1);
    if (last?.series !== series || last.at !== at) origins.push({ series, at });
    return origins.length - 1;
  });
  const [forecasts] = await smoothing.forecast(data, origins);
  return Float64Array.from(pairs, ({ series, at, step }, i) =>
    places[i]! < 0 ? data.histories[series]!.usual(at, step, season) : forecasts![places[i]! * horizon + step - 1]!,
  );
}

/** The origins before `end` with enough values before them, in the order of time; at most about `most`, at equal distances. */
export function originsBefore({ histories, plan }: ForecastData, end: number, most: number): Origin[] {
  const all: Origin[] = [];
  const numbers = (origin: Origin) => histories[origin.series]!.series.begin + origin.at;
  for (const [series, { series: one }] of histories.entries())
    for (let at = plan.needed; at < lengthBefore(one, end); ++at) all.push({ series, at });
  if (histories.length > 1) all.sort((a, b) => numbers(a) - numbers(b));
  const distance = Math.max(1, all.length / most);
  return distance === 1
    ? all
    : Array.from({ length: Math.floor(all.length / distance) }, (_, i) => all[Math.floor(i * distance)]!);
}

/** Origins that are followed by known values before `end` at a step, without those whose value is missing. */
export function pairsFor(
  { histories }: ForecastData,
  origins: readonly Origin[],
  steps: readonly number[],
  end: number,
): Pair[] {
  return origins.flatMap(({ series, at }) => {
    const one = histories[series]!.series;
    const length = lengthBefore(one, end);
    return steps.flatMap((step): Pair[] =>
      at + step <= length && !Number.isNaN(one.values[at + step - 1]!) ? [{ series, at, step }] : [],
    );
  });
}
