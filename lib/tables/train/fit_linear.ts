import { addon } from '../../addon/index.js';
import { type Dataset, shardSizes } from '../../data/dataset.js';
import { together } from '../../distributed/ranks.js';
import { newArray } from '../../errors.js';
import type { CategoriesShape } from '../../models/inputs.js';
import { Design, type LinearCoefficients, type LinearShape } from '../../regression/design.js';
import { leastSquaresOf } from '../../regression/least_squares.js';
import { PenalizedProblem } from '../../regression/penalized.js';
import { type Network, network } from '../../training/network.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { sumOf } from '../sampling.js';
import { columnOf, ranksOf, type Table } from '../table.js';
import { rowsWithTarget, type Target } from '../target.js';
import { linearLayers } from './candidates.js';
import { datasetOf } from './datasets.js';
import type { FitContext, FittedCandidate } from './fit_candidate.js';

/** Penalties per unit of weight, from the strongest on. Inputs have a deviation near 1. */
const strongToWeak = [100, 10, 1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8];

/** Wider designs have no exact factor: least squares is then found by L-BFGS. */
const mostForFactor = 1024;

/**
 * The most rows of a least-squares problem for each of its columns. p columns of n rows raise the expected squared error by p/n of
 * the noise (Hastie, Tibshirani & Friedman 2009, section 7.4), so further rows could lower it by 0.2 % at most.
 */
const mostRowsPerColumn = 500;

/** The fewest rows of which some are left out. */
const manyRows = 2 ** 18;

/** The penalty of the intercepts of classes, in rows: training rows may lack a class. */
const interceptRows = 0.02;

/** How exact L-BFGS is, while a penalty is chosen and in the end: the gradient in units of that at zero. */
const [coarse, fine] = [1e-3, 1e-6];

/** The most iterations of L-BFGS. */
const mostIterations = 300;

/** Worse penalties in a row after which no weaker one is tried. */
const patience = 2;

/** Solves the problem for a penalty per unit of weight. Methods that don't iterate for long need no tolerance. */
type Solve = (penalty: number, tolerance: number) => Promise<LinearCoefficients>;

/** The penalty per unit of weight if no row chooses one. */
const usualPenalty = 1e-2;

/** The rows that a linear model is fitted to, and those that choose its penalty. */
export interface LinearRows {
  readonly training: Table;
  readonly stopping?: Table;
}

/**
 * The exact linear model: least squares, logistic or multinomial regression with the penalty whose model has the least loss on
 * `stopping`. Each of several targets has its own penalty, and learns from the rows that have it. Parameters are rounded to
 * float32, as those of all networks of tables.
 *
 * @param penalties Per unit of weight, for each target, if there are no `stopping` rows.
 */
export async function fitLinear(
  pipeline: FittedPipeline,
  rows: LinearRows,
  context: FitContext,
  penalties?: readonly number[],
): Promise<FittedCandidate> {
  const solutions: Solution[] = [];
  const isOfSeveral = pipeline.targets.length > 1;
  for (const [i, target] of pipeline.targets.entries()) {
    const one = pipeline.forTarget(target);
    const training = isOfSeveral ? rowsHaving(rows.training, target)! : rows.training;
    using learnt = await datasetOf(one, enoughRows(training, one));
    const judging = isOfSeveral && rows.stopping ? rowsHaving(rows.stopping, target) : rows.stopping;
    using stopping = judging && (await datasetOf(one, judging));
    const onPenalty = (share: number) => context.onEpoch?.(i + share, pipeline.targets.length);
    solutions.push(await solved(one, learnt, stopping, { ...context, onPenalty }, penalties?.[i]));
  }
  return {
    model: modelOf(pipeline, stacked(solutions.map(({ fit }) => fit))),
    epochs: 0,
    penalties: solutions.map(({ penalty }) => penalty),
    ...(solutions.length === 1 ? { stoppingLoss: solutions[0]!.loss } : {}),
    examplesPerSecond: 0,
    history: [],
  };
}

/** The rows that have a target; undefined if there are none. */
function rowsHaving(table: Table, { column }: Target): Table | undefined {
  const rows = rowsWithTarget(columnOf(table, column));
  return rows.length === 0 ? undefined : table.select(rows);
}

/** All rows, or some of them if least squares would hardly be better for more. */
export function enoughRows(table: Table, pipeline: FittedPipeline): Table {
  const columns = columnsOf(pipeline);
  const enough = Math.ceil(Math.max(manyRows, mostRowsPerColumn * columns) / (ranksOf(table)?.size ?? 1));
  if (pipeline.loss !== 'squared' || columns > mostForFactor || table.rows <= enough) return table;
  return table.select(addon.permutation(table.rows, 0).subarray(0, enough).sort());
}

/** The number of columns of a linear model. */
function columnsOf({ inputs }: FittedPipeline): number {
  if (typeof inputs === 'number') return inputs;
  const widths = Object.values(inputs).map((shape) => {
    if (typeof shape === 'number') return shape;
    return 'sparse' in shape ? shape.sparse : sumOf((shape as CategoriesShape).categories);
  });
  return sumOf(widths);
}

interface Solution {
  readonly fit: LinearCoefficients;
  readonly penalty: number;
  /** The mean loss on the rows that chose the penalty. Undefined: there are none. */
  readonly loss: number | undefined;
}

/** Solves the problem of one target. */
async function solved(
  pipeline: FittedPipeline,
  training: Dataset,
  stopping: Dataset | undefined,
  context: FitContext & { readonly onPenalty: (share: number) => void },
  given = usualPenalty,
): Promise<Solution> {
  const { ranks } = context;
  const shards = shardSizes(training) ? ranks : undefined;
  const design = new Design(training, shards);
  const shape: LinearShape = {
    loss: pipeline.loss as LinearShape['loss'],
    outputs: pipeline.outputs,
    hasIntercept: true,
  };
  const isFactored = shape.loss === 'squared' && design.columns <= mostForFactor;
  const isStopped = stopCheck(context, shards !== undefined);
  const solve = isFactored ? await byFactor(design) : await byIterations(design, shape, isStopped);
  const penalties = stopping ? [...strongToWeak, ...(isFactored ? [0] : [])] : [given];
  const judge = stopping && new Design(stopping, shards);
  const lossOf = async (fit: LinearCoefficients) => (judge ? await judge.meanLoss(shape, fit) : undefined);
  let best: Solution | undefined;
  let worse = 0;
  for (const [i, penalty] of penalties.entries()) {
    if (best && (worse >= patience || (await isStopped()))) break;
    const fit = rounded(await solve(penalty, judge ? coarse : fine));
    const loss = await lossOf(fit);
    const isBetter = best?.loss === undefined || loss! < best.loss;
    worse = isBetter ? 0 : worse + 1;
    if (isBetter) best = { fit, penalty, loss };
    context.onPenalty((i + 1) / penalties.length);
  }
  if (judge && !isFactored && !(await isStopped())) {
    const fit = rounded(await solve(best!.penalty, fine));
    best = { fit, penalty: best!.penalty, loss: await lossOf(fit) };
  }
  const [chosen] = await together(ranks, best!); // the first rank's, if each has solved the same problem
  return chosen!;
}

async function byFactor(design: Design): Promise<Solve> {
  const problem = await leastSquaresOf(design, true);
  return (penalty) => problem.solve(penalty * problem.weight);
}

async function byIterations(design: Design, shape: LinearShape, isStopped: () => Promise<boolean>): Promise<Solve> {
  const problem = await PenalizedProblem.of(design, shape, shape.loss === 'squared' ? 0 : interceptRows);
  const weight = await problem.totalWeight();
  return (penalty, tolerance) =>
    problem.minimize(penalty * weight, { maxIterations: mostIterations, isStopped, tolerance });
}

/** Whether to end: asked for, or out of time. Ranks that share a fit end it together. */
function stopCheck({ signal, stop, maxSeconds, ranks }: FitContext, isShared: boolean): () => Promise<boolean> {
  const deadline = maxSeconds === undefined ? Infinity : performance.now() + 1000 * maxSeconds;
  return async () => {
    signal?.throwIfAborted();
    const isOver = stop?.aborted === true || performance.now() > deadline;
    return isShared ? (await together(ranks, isOver)).includes(true) : isOver;
  };
}

const rounded = ({ coefficients, intercepts }: LinearCoefficients): LinearCoefficients => ({
  coefficients: coefficients.map(Math.fround),
  intercepts: intercepts.map(Math.fround),
});

/** The coefficients of several models of the same inputs as those of one model. */
function stacked(fits: readonly LinearCoefficients[]): LinearCoefficients {
  if (fits.length === 1) return fits[0]!;
  const joined = (parts: readonly Float64Array[]): Float64Array => {
    const all = newArray(
      Float64Array,
      parts.reduce((sum, { length }) => sum + length, 0),
    );
    const rows = parts[0]!.length / fits[0]!.intercepts.length;
    for (let row = 0, at = 0; row < rows; ++row)
      for (const [i, part] of parts.entries()) {
        const width = fits[i]!.intercepts.length;
        all.set(part.subarray(row * width, (row + 1) * width), at);
        at += width;
      }
    return all;
  };
  return {
    coefficients: joined(fits.map(({ coefficients }) => coefficients)),
    intercepts: joined(fits.map(({ intercepts }) => intercepts)),
  };
}

/** A network of `linearLayers` with these coefficients, of which each block of inputs has its own. */
function modelOf(pipeline: FittedPipeline, { coefficients, intercepts }: LinearCoefficients): Network {
  const { inputs, outputs } = pipeline;
  const model = network({ inputs, layers: linearLayers(pipeline) });
  const tensors = [...model.tensors.values()];
  let at = 0;
  let isFirst = true;
  const next = (into: Float32Array) => {
    into.set(coefficients.subarray(at, at + into.length));
    at += into.length;
    return into;
  };
  for (const [block, shape] of typeof inputs === 'number' ? [['numbers', inputs] as const] : Object.entries(inputs)) {
    if (block !== 'codes') {
      next(tensors.shift()!.data as Float32Array);
      const bias = tensors.shift()!.data;
      if (isFirst) bias.set(intercepts);
    } else {
      // The vector of a category is its coefficients, and the dense layer adds the vectors. The first column's contain
      // the intercept if no other block has a bias.
      for (const [i] of (shape as CategoriesShape).categories.entries()) {
        const vectors = next(tensors.shift()!.data as Float32Array);
        if (isFirst && i === 0)
          for (const [place, x] of vectors.entries()) vectors[place] = x + intercepts[place % outputs]!;
      }
      const sum = tensors.shift()!.data.fill(0);
      for (let i = 0; i < sum.length; i += outputs) sum[i + ((i / outputs) % outputs)] = 1;
    }
    isFirst = false;
  }
  return model;
}
