import { Dataset } from '../../data/dataset.js';
import { Design } from '../../regression/design.js';
import { leastSquaresOf } from '../../regression/least_squares.js';
import { atAllLevels, type CandidateContext, type ForecastData, type Forecaster } from './candidate.js';
import { type Examples, examplesOf, originsBefore, type Pair, pairsFor } from './examples.js';
import type { SmoothingForecaster } from './exponential_smoothing.js';
import type { Origin } from './features.js';

/** The most bands of steps, each with coefficients of its own. */
const mostBands = 32;

/** The most rows of a band. */
const mostRows = 20_000;

/** Penalties per unit of weight, for inputs of deviation 1. */
const penalties = [100, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4];

/** The share of the rows, the latest, that chooses the penalty. */
const judging = 0.2;

/** Coefficients of one band of steps, and its intercept at the end. */
export type Coefficients = Float64Array;

/** The band of a step. */
export const bandOf = (step: number, horizon: number): number =>
  Math.floor(((step - 1) * Math.min(mostBands, horizon)) / horizon);

/**
 * The exact linear model of what a simple forecast lacks, with coefficients for each band of steps. The stronger its penalty, the
 * nearer it is to the simple forecast.
 */
export class LinearForecaster implements Forecaster {
  readonly smoothing: SmoothingForecaster;
  readonly bands: readonly Coefficients[];

  constructor(smoothing: SmoothingForecaster, bands: readonly Coefficients[]) {
    this.smoothing = smoothing;
    this.bands = bands;
  }

  async forecast(data: ForecastData, origins: readonly Origin[]) {
    const { horizon } = data.plan;
    const pairs = pairsOf(origins, horizon);
    const examples = await examplesOf(data, this.smoothing, pairs);
    const relative = this.relative(examples, pairs, horizon);
    return atAllLevels(
      data.levels,
      relative.map((x, i) => examples.bases[i]! + examples.scales[i]! * x),
    );
  }

  /** The forecasts of examples, in units of their scale. */
  relative({ inputs, columns }: Examples, pairs: readonly Pair[], horizon: number): Float64Array {
    return Float64Array.from(pairs, ({ step }, row) => {
      const coefficients = this.bands[bandOf(step, horizon)]!;
      let sum = coefficients[columns]!;
      for (let j = 0; j < columns; ++j) sum += coefficients[j]! * inputs[row * columns + j]!;
      return sum;
    });
  }
}

/** All steps from each origin. */
export const pairsOf = (origins: readonly Origin[], horizon: number): Pair[] =>
  origins.flatMap((origin) => Array.from({ length: horizon }, (_, i) => ({ ...origin, step: i + 1 })));

/** The linear model of what exponential smoothing lacks, which was fitted to the same values. */
export const fitLinearForecaster =
  (smoothing: SmoothingForecaster) =>
  async (data: ForecastData, end: number, { signal, onShare }: CandidateContext): Promise<LinearForecaster> => {
    const { horizon } = data.plan;
    const origins = originsBefore(data, end, mostRows);
    const count = Math.min(mostBands, horizon);
    const bands: Coefficients[] = [];
    for (let band = 0; band < count; ++band) {
      const steps = Array.from({ length: horizon }, (_, i) => i + 1).filter((step) => bandOf(step, horizon) === band);
      const pairs = pairsFor(data, origins, steps, end);
      const distance = Math.max(1, Math.ceil(pairs.length / mostRows));
      const used = distance === 1 ? pairs : pairs.filter((_, i) => i % distance === 0);
      bands.push(await fitBand(await examplesOf(data, smoothing, used)));
      onShare?.((band + 1) / count);
      signal?.throwIfAborted();
    }
    return new LinearForecaster(smoothing, bands);
  };

/** The ridge regression whose penalty has the least errors on the latest rows, fitted again to all rows. */
async function fitBand(examples: Examples): Promise<Coefficients> {
  const { columns, targets } = examples;
  const rows = targets.length;
  const scales = deviationsOf(examples);
  const inputs = examples.inputs.map((x, i) => x / scales[i % columns]!);
  const first = rows - Math.floor(judging * rows);
  const solve = async (end: number) => {
    using data = new Dataset({ inputs: inputs.subarray(0, end * columns), columns, targets: targets.subarray(0, end) });
    return leastSquaresOf(new Design(data), true);
  };
  const early = await solve(first);
  let [best, penalty] = [Infinity, penalties[0]!];
  for (const one of first < rows ? penalties : []) {
    const { coefficients, intercepts } = await early.solve(one * early.weight);
    let loss = 0;
    for (let row = first; row < rows; ++row) {
      let sum = intercepts[0]!;
      for (let j = 0; j < columns; ++j) sum += coefficients[j]! * inputs[row * columns + j]!;
      loss += Math.abs(targets[row]! - sum);
    }
    if (loss < best) [best, penalty] = [loss, one];
  }
  const all = await solve(rows);
  const { coefficients, intercepts } = await all.solve(penalty * all.weight);
  return Float64Array.from({ length: columns + 1 }, (_, j) =>
    j === columns ? intercepts[0]! : coefficients[j]! / scales[j]!,
  );
}

/** The deviation of each column; infinite for constant ones, whose coefficients are 0 then. */
function deviationsOf({ inputs, columns, targets: { length: rows } }: Examples): Float64Array {
  return Float64Array.from({ length: columns }, (_, j) => {
    let mean = 0;
    for (let row = 0; row < rows; ++row) mean += inputs[row * columns + j]! / rows;
    let squares = 0;
    for (let row = 0; row < rows; ++row) squares += (inputs[row * columns + j]! - mean) ** 2;
    const deviation = Math.sqrt(squares / rows);
    return deviation > 1e-9 * Math.max(1, Math.abs(mean)) ? deviation : Infinity;
  });
}
