import { Dataset } from '../../data/dataset.js';
import { Design } from '../../regression/design.js';
import { type LeastSquaresProblem, leastSquaresOf } from '../../regression/least_squares.js';
import { atAllLevels, type CandidateContext, type ForecastData, type Forecaster } from './candidate.js';
import { type Examples, examplesOf, originsBefore, type Pair, pairsFor } from './examples.js';
import type { SmoothingForecaster } from './exponential_smoothing.js';
import type { Origin } from './features.js';
import { penaltyWeights } from './penalty_weights.js';

/** The most bands of steps, each with coefficients of its own. */
const mostBands = 32;

/** The most rows of a band. */
const mostRows = 20_000;

/** Penalties per unit of weight, for inputs of deviation 1. */
const penalties = [100, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4];

/** The share of the rows, the latest, that weighs the penalties. */
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
    const bands: Band[] = [];
    for (let band = 0; band < count; ++band) {
      const steps = Array.from({ length: horizon }, (_, i) => i + 1).filter((step) => bandOf(step, horizon) === band);
      const pairs = pairsFor(data, origins, steps, end);
      const distance = Math.max(1, Math.ceil(pairs.length / mostRows));
      const used = distance === 1 ? pairs : pairs.filter((_, i) => i % distance === 0);
      bands.push(await bandFrom(await examplesOf(data, smoothing, used)));
      onShare?.((band + 1) / count);
      signal?.throwIfAborted();
    }
    const weights = penaltyWeights(bands.map(({ losses }) => losses));
    return new LinearForecaster(smoothing, await Promise.all(bands.map((band) => coefficientsOf(band, weights))));
  };

/** The ridge regressions of one band of steps. */
interface Band {
  /** The regression on all rows. */
  readonly problem: LeastSquaresProblem;
  /** The deviations of the inputs, which are divided by them. */
  readonly scales: Float64Array;
  /** For each penalty, the sum of the absolute errors on the latest rows of the regression on the rows before; 0 without rows. */
  readonly losses: Float64Array;
}

async function bandFrom(examples: Examples): Promise<Band> {
  const { columns, targets } = examples;
  const rows = targets.length;
  const scales = deviationsOf(examples);
  const inputs = examples.inputs.slice();
  for (let row = 0; row < rows; ++row) for (let j = 0; j < columns; ++j) inputs[row * columns + j]! /= scales[j]!;
  const problemOf = async (end: number) => {
    using data = new Dataset({ inputs: inputs.subarray(0, end * columns), columns, targets: targets.subarray(0, end) });
    return leastSquaresOf(new Design(data), true);
  };
  const first = rows - Math.floor(judging * rows);
  const early = await problemOf(first);
  const losses = new Float64Array(penalties.length);
  for (const [i, penalty] of first < rows ? penalties.entries() : []) {
    const { coefficients, intercepts } = await early.solve(penalty * early.weight);
    for (let row = first; row < rows; ++row) {
      let sum = intercepts[0]!;
      for (let j = 0; j < columns; ++j) sum += coefficients[j]! * inputs[row * columns + j]!;
      losses[i]! += Math.abs(targets[row]! - sum);
    }
  }
  return { problem: await problemOf(rows), scales, losses };
}

/** The weighted mean of the coefficients for all penalties. */
async function coefficientsOf({ problem, scales }: Band, weights: readonly number[]): Promise<Coefficients> {
  const columns = scales.length;
  const mean = new Float64Array(columns + 1);
  for (const [i, weight] of weights.entries()) {
    if (weight === 0) continue;
    const { coefficients, intercepts } = await problem.solve(penalties[i]! * problem.weight);
    for (let j = 0; j < columns; ++j) mean[j]! += (weight * coefficients[j]!) / scales[j]!;
    mean[columns]! += weight * intercepts[0]!;
  }
  return mean;
}

/** The deviation of each column; infinite for constant ones, whose coefficients are 0 then. */
function deviationsOf({ inputs, columns, targets: { length: rows } }: Examples): Float64Array {
  const [means, squares] = [new Float64Array(columns), new Float64Array(columns)];
  for (let row = 0; row < rows; ++row) for (let j = 0; j < columns; ++j) means[j]! += inputs[row * columns + j]! / rows;
  for (let row = 0; row < rows; ++row)
    for (let j = 0; j < columns; ++j) squares[j]! += (inputs[row * columns + j]! - means[j]!) ** 2;
  return means.map((mean, j) => {
    const deviation = Math.sqrt(squares[j]! / rows);
    return deviation > 1e-9 * Math.max(1, Math.abs(mean)) ? deviation : Infinity;
  });
}
