import { errorWith } from '../../errors.js';
import { lastFunction, readingOf } from '../../models/probabilities.js';
import type { Network } from '../../training/network.js';
import type { Cell } from '../column.js';
import { type CategoryFound, type CategoryStep, encodeOf } from '../pipeline/category.js';
import type { PlaceOfStep } from '../pipeline/encoder.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { type RowObject, typeOfCell, valueIn } from '../readers/rows.js';
import type { Class, Target } from '../target.js';
import { numbersOf, type PathBaseline, PathNetwork } from './path_network.js';

/** What a column contributes to a prediction. */
export interface ColumnContribution {
  /** The name of the column; those of a cross are joined by ` × `. */
  readonly column: string;
  /** The value in the row; an array for a cross. */
  readonly value: Cell | readonly Cell[];
  /** In the units of the target, or of log-odds. */
  readonly contribution: number;
}

/** Why a model predicts what it predicts for a row. Plain data. */
export interface Explanation {
  /** A number or a class. */
  readonly prediction: number | Class;
  /** What is explained: the predicted number, its logarithm under the loss `'poisson'`, or the log-odds of the predicted class. */
  readonly value: number;
  /** The same for the mean training row: the mean of each number, the shares of the categories, and texts without words. */
  readonly baseline: number;
  /** Their sum is `value − baseline`, up to `error`. The largest come first. */
  readonly contributions: readonly ColumnContribution[];
  /** The difference between the sum of the contributions and `value − baseline`. */
  readonly error: number;
}

/** An explanation beside its prediction. */
export const withoutPrediction = ({ prediction: _, ...rest }: Explanation): Omit<Explanation, 'prediction'> => rest;

/** The numbers of positions that are tried, one after the other. */
const grids = [8, 32, 128, 512, 2048, 8192];

/** The largest error, as a fraction of the sum of the magnitudes of all contributions. */
const tolerance = 1e-3;

/** Positions in the middle of equal intervals from 0 to 1. */
const middles = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => (i + 0.5) / count);

/**
 * Explains predictions of a network by integrated gradients (Sundararajan, Taly & Yan 2017, arXiv:1703.01365): the contribution of
 * an input is its distance from the baseline times the mean of its derivative on the straight way from there. The mean is taken
 * over as many positions as are needed for the contributions to add up (completeness, proposition 1). Those of a linear model
 * are exact.
 */
export class Explainer {
  readonly #pipeline: FittedPipeline;
  readonly #network: Network;
  readonly #path: PathNetwork;
  readonly #baseline: PathBaseline;
  /** What is added to the outputs: by calibration of two classes, or because the classes had weights in training. */
  #offsets: Float64Array = new Float64Array();

  /** @throws TypeError `ERR_INVALID_ARGUMENT` for a network whose last layer gives probabilities, or with unknown first layers. */
  constructor(network: Network, pipeline: FittedPipeline) {
    const isClass = pipeline.target.task === 'classification';
    if (isClass && lastFunction(network))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'explain: the last layer gives probabilities; end the network with logits',
      );
    if (network.outputs > 1 && !isClass)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'explain: the model predicts several quantiles; train one for a single number',
      );
    this.#network = network;
    this.#pipeline = pipeline;
    this.#path = new PathNetwork(network, pipeline.places);
    this.#baseline = baselineOf(pipeline);
    this.update();
  }

  /** Takes the parameters and the calibration that the network has now. */
  update(): void {
    const network = this.#network;
    const { target } = this.#pipeline;
    const isClass = target.task === 'classification';
    const { slope, intercept } = isClass ? readingOf(network, undefined).calibration : { slope: 1, intercept: 0 };
    this.#path.update(slope);
    const corrections = network.calibration ? undefined : correctionsOf(target);
    this.#offsets = corrections ?? new Float64Array(network.outputs).fill(network.outputs === 1 ? intercept : 0);
  }

  /** The names of the columns in contributions, in the order of the pipeline. */
  get columns(): string[] {
    return [...new Set(this.#pipeline.places.map(columnOfStep))];
  }

  /**
   * @param number The number of the row in messages.
   * @param prediction The prediction of the model. For a class, its log-odds are explained.
   */
  explain(row: RowObject, number: number, prediction: number | Class): Explanation {
    const { target } = this.#pipeline;
    this.#path.move(this.#baseline, this.#pipeline.encodeRow(row, number));
    const ends = this.#path.outputs(Float64Array.of(0, 1));
    const width = ends.length / 2;
    const shifted = (all: Float64Array) => all.map((z, i) => z + this.#offsets[i % width]!);
    const outputs = shifted(ends);
    if (!outputs.every(Number.isFinite))
      throw errorWith('ERR_NON_FINITE', `row ${number}: the prediction is not finite`);
    if (target.task === 'regression') {
      const isLogarithm = target.loss === 'poisson';
      const factor = isLogarithm ? 1 : target.deviation;
      const offset = isLogarithm ? Math.log(target.mean) : target.mean;
      const [baseline, value] = [outputs[0]! * factor + offset, outputs[1]! * factor + offset] as const;
      const sums = (count: number) => this.#path.integralOfOutput(middles(count)).map((sum) => sum * factor);
      return {
        prediction,
        value,
        baseline,
        ...this.#contributions(row, sums, value - baseline),
      };
    }
    const place = target.classes.indexOf(prediction);
    const logOddsOf = (all: Float64Array) =>
      width === 1 ? all.map((z) => (place === 1 ? z : -z)) : logOddsOfClass(all, place, width);
    const [baseline, value] = logOddsOf(outputs) as unknown as [number, number];
    const sums = (count: number) => {
      const positions = middles(count);
      if (width === 1) return this.#path.integralOfOutput(positions).map((sum) => (place === 1 ? sum : -sum));
      return this.#path.integralOfLogOdds(
        positions,
        place,
        logOddsOf(shifted(this.#path.outputs(positions))),
        this.#offsets,
      );
    };
    return { prediction, value, baseline, ...this.#contributions(row, sums, value - baseline) };
  }

  /**
   * The contributions of the columns.
   *
   * @param sumsOf The contributions of the steps by a number of positions.
   */
  #contributions(
    row: RowObject,
    sumsOf: (count: number) => Float64Array,
    difference: number,
  ): Pick<Explanation, 'contributions' | 'error'> {
    let sums: Float64Array = new Float64Array();
    let error = 0;
    for (const count of grids) {
      sums = sumsOf(count);
      error = sums.reduce((sum, x) => sum + x, 0) - difference;
      if (Math.abs(error) <= tolerance * sums.reduce((sum, x) => sum + Math.abs(x), Number.MIN_VALUE)) break;
    }
    const byColumn = new Map<string, ColumnContribution>();
    for (const [step, place] of this.#pipeline.places.entries()) {
      const { names } = place;
      const column = columnOfStep(place);
      const contribution = (byColumn.get(column)?.contribution ?? 0) + sums[step]!;
      const values = names.map((name) => cellIn(row, name));
      byColumn.set(column, { column, value: values.length === 1 ? values[0]! : values, contribution });
    }
    const contributions = [...byColumn.values()].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    return { contributions, error };
  }
}

/** What the contribution of a step is called. */
const columnOfStep = ({ names }: PlaceOfStep): string => names.join(' × ');

function cellIn(row: RowObject, name: string): Cell {
  const value = valueIn(row, name);
  if (typeOfCell(value) === undefined) return null;
  return typeof value === 'bigint' ? Number(value) : (value as Cell);
}

/** z_k − ln Σ_{j≠k} exp z_j of each row. */
function logOddsOfClass(outputs: Float64Array, place: number, width: number): Float64Array {
  return Float64Array.from({ length: outputs.length / width }, (_, row) => {
    const others = outputs.slice(row * width, (row + 1) * width).filter((_z, j) => j !== place);
    const most = Math.max(...others);
    return outputs[row * width + place]! - most - Math.log(others.reduce((sum, z) => sum + Math.exp(z - most), 0));
  });
}

/** What is added to logits so that they give the probabilities of classes without their weights in training. */
function correctionsOf(target: Target): Float64Array | undefined {
  if (target.task === 'regression' || !target.weights) return undefined;
  const logarithms = Float64Array.from(target.weights, Math.log);
  return logarithms.length === 2 ? Float64Array.of(logarithms[0]! - logarithms[1]!) : logarithms.map((x) => -x);
}

/** The mean training row: the mean of each number, and the shares of the categories. Text has no words. */
function baselineOf({ steps, places, means }: FittedPipeline): PathBaseline {
  const shares = steps.flatMap(({ step, found }) => {
    if (step.kind !== 'category' || encodeOf(step as CategoryStep, found as CategoryFound) !== 'embedding') return [];
    const { counts } = found as CategoryFound;
    const sum = counts.reduce((all, count) => all + count, 0);
    return [counts.map((count) => count / sum)];
  });
  return { numbers: means ?? new Float64Array(numbersOf(places)), shares };
}
