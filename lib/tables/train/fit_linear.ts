import { type Dataset, shardSizes } from '../../data/dataset.js';
import { together } from '../../distributed/ranks.js';
import { Design, type LinearCoefficients, type LinearShape } from '../../regression/design.js';
import { leastSquaresOf } from '../../regression/least_squares.js';
import { PenalizedProblem } from '../../regression/penalized.js';
import { type Network, network } from '../../training/network.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { linearLayers } from './candidates.js';
import type { FitContext, FittedCandidate } from './fit_candidate.js';

/** Penalties per unit of weight, from the strongest on. Inputs have a deviation near 1. */
const strongToWeak = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8];

/** Wider designs have no exact factor: least squares is then found by L-BFGS. */
const mostForFactor = 1024;

/** How exact L-BFGS is, while a penalty is chosen and in the end: the gradient in units of that at zero. */
const [coarse, fine] = [1e-3, 1e-6];

/** The most iterations of L-BFGS. */
const mostIterations = 300;

/** Worse penalties in a row after which no weaker one is tried. */
const patience = 2;

/** Solves the problem for a penalty per unit of weight. Methods that don't iterate for long need no tolerance. */
type Solve = (penalty: number, tolerance: number) => Promise<LinearCoefficients>;

/**
 * The exact linear model: least squares, logistic or multinomial regression with the penalty whose model has the least loss on
 * `stopping`. Its parameters are rounded to float32, as those of all networks of tables.
 *
 * @param penalty Per unit of weight, if there are no `stopping` rows.
 */
export async function fitLinear(
  pipeline: FittedPipeline,
  training: Dataset,
  stopping: Dataset | undefined,
  context: FitContext,
  penalty = 0,
): Promise<FittedCandidate> {
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
  const penalties = stopping ? [...strongToWeak, ...(isFactored ? [0] : [])] : [penalty];
  const judge = stopping && new Design(stopping, shards);
  let best: { fit: LinearCoefficients; penalty: number; loss: number } | undefined;
  let worse = 0;
  for (const [i, each] of penalties.entries()) {
    if (best && (worse >= patience || (await isStopped()))) break;
    const fit = rounded(await solve(each, judge ? coarse : fine));
    const loss = judge ? await judge.meanLoss(shape, fit) : 0;
    worse = best && !(loss < best.loss) ? worse + 1 : 0;
    if (!best || loss < best.loss) best = { fit, penalty: each, loss };
    context.onEpoch?.(i + 1, penalties.length);
  }
  if (judge && !isFactored && !(await isStopped())) best = { ...best!, fit: rounded(await solve(best!.penalty, fine)) };
  const [chosen] = await together(ranks, best!); // the first rank's, if each has solved the same problem
  return {
    model: modelOf(pipeline, training, chosen!.fit),
    epochs: 0,
    penalty: chosen!.penalty,
    examplesPerSecond: 0,
    history: [],
  };
}

async function byFactor(design: Design): Promise<Solve> {
  const problem = await leastSquaresOf(design, true);
  return (penalty) => problem.solve(penalty * problem.weight);
}

async function byIterations(design: Design, shape: LinearShape, isStopped: () => Promise<boolean>): Promise<Solve> {
  const problem = await PenalizedProblem.of(design, shape);
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

/** A network of `linearLayers` with these coefficients, of which each block of inputs has its own. */
function modelOf(
  pipeline: FittedPipeline,
  training: Dataset,
  { coefficients, intercepts }: LinearCoefficients,
): Network {
  const { outputs } = pipeline;
  const model = network({ inputs: training, layers: linearLayers(pipeline) });
  const tensors = [...model.tensors.values()];
  let at = 0;
  let isFirst = true;
  const next = (into: Float32Array) => {
    into.set(coefficients.subarray(at, at + into.length));
    at += into.length;
    return into;
  };
  for (const { kind, cardinalities } of training.blocks) {
    if (kind !== 'categorical') {
      next(tensors.shift()!.data as Float32Array);
      const bias = tensors.shift()!.data;
      if (isFirst) bias.set(intercepts);
    } else {
      // The vector of a category is its coefficients, and the dense layer adds the vectors. The first column's contain
      // the intercept if no other block has a bias.
      for (const [i] of cardinalities!.entries()) {
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
