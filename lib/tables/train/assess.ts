import type { Dataset } from '../../data/dataset.js';
import { together } from '../../distributed/ranks.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { timesOf } from '../splits.js';
import { columnOf, ranksOf, type Table } from '../table.js';
import { TableModel } from '../table_model.js';
import { choicesOf, type Target } from '../target.js';
import { weightsOf } from '../weights.js';
import { baselinePredictions, truthsOf } from './baselines.js';
import { joinedPredictions, type Predictions } from './comparison.js';
import { groupsOf } from './divisions.js';
import type { Sampling } from './estimates.js';
import { type FitContext, type FittedCandidate, fitCandidate } from './fit_candidate.js';
import { fitLinear } from './fit_linear.js';
import type { Parts } from './folds.js';
import { nearestPredictions } from './nearest_rows.js';
import { outputsOf } from './predicted.js';
import type { CandidateKind } from './report.js';
import type { Predicted } from './scores.js';
import { fittedPipeline, isExact, recipeFor, type Setting } from './setting.js';

/** Both candidates, trained on some rows, and their predictions for others. */
export interface Assessment {
  readonly target: Target;
  /** The predicted rows; if each rank has a part of the table, those of this rank. */
  readonly held: Table;
  readonly fits: Readonly<Record<CandidateKind, FittedWithPipeline>>;
  /** Predictions for the rows of all ranks. */
  readonly predicted: Predictions;
}

/** A trained candidate with its pipeline. */
export interface FittedWithPipeline extends FittedCandidate {
  readonly pipeline: FittedPipeline;
}

/**
 * Trains the candidates on one part of the rows. The second part decides when training ends, and the third is predicted. Only
 * the first part is used to fit pipelines.
 *
 * @param contextOf The context of a candidate's fit.
 */
export async function assess(
  setting: Setting,
  parts: Parts,
  contextOf: (kind: CandidateKind) => FitContext,
): Promise<Assessment> {
  const { table } = setting;
  const ranks = ranksOf(table);
  const held = table.select(parts.heldOut);
  const fitAs = async (kind: CandidateKind): Promise<FittedWithPipeline> => {
    using prepared = await prepare(setting, kind, parts);
    return await fitPrepared(setting, kind, prepared, contextOf(kind));
  };
  const linear = await fitAs('linear');
  const network = setting.network.hidden.length === 0 ? linear : await fitAs('network');
  const { target } = linear.pipeline;
  const truths = truthsOf(target, held);
  const sampling = samplingOf(setting, held);
  const decided = (predictions: Float64Array) => ({
    predictions,
    truths,
    decided: choicesOf(target, predictions),
    ...sampling,
  });
  const { constant, persistence } = await baselinePredictions(setting, target, parts);
  const nearest = await nearestPredictions(
    setting,
    target,
    parts,
    linear.pipeline.columns,
    constant.subarray(0, outputsOf(target)),
  );
  const predicted: Predictions = {
    constant: decided(constant),
    linear: { ...predictedBy(linear, held, truths), ...sampling },
    ...(persistence && { persistence: decided(persistence) }),
    nearest: decided(nearest),
    network: { ...predictedBy(network, held, truths), ...sampling },
  };
  return { target, held, fits: { linear, network }, predicted: joinedPredictions(await together(ranks, predicted)) };
}

/** How held-out rows count, and numbers that they share if they may be alike: their group, or their time. */
export const samplingOf = ({ objective, division: { by, time } }: Setting, held: Table): Sampling => ({
  groups: time === undefined ? groupsOf(held, by) : timesOf(held, time, columnOf(held, time)),
  weights: weightsOf(held, objective.weight),
});

/** The rows of a division as datasets, and the pipeline that was fitted to the training rows. */
export interface Prepared extends Disposable {
  readonly pipeline: FittedPipeline;
  readonly training: Dataset;
  readonly stopping: Dataset;
}

export async function prepare(
  setting: Setting,
  kind: CandidateKind,
  parts: Pick<Parts, 'training' | 'stopping'>,
): Promise<Prepared> {
  const { table } = setting;
  const rows = table.select(parts.training);
  const pipeline = await fittedPipeline(setting, kind, rows);
  const ranks = ranksOf(table);
  const datasetOf = async (part: Table) => {
    const data = pipeline.dataset(part);
    return ranks ? data.shard(ranks) : data;
  };
  const training = await datasetOf(rows);
  const stopping = await datasetOf(table.select(parts.stopping));
  const dispose = () => {
    training.dispose();
    stopping.dispose();
  };
  return { pipeline, training, stopping, [Symbol.dispose]: dispose };
}

export async function fitPrepared(
  setting: Setting,
  kind: CandidateKind,
  { pipeline, training, stopping }: Prepared,
  context: FitContext,
): Promise<FittedWithPipeline> {
  const fitted = isExact(setting, kind)
    ? await fitLinear(pipeline, training, stopping, context)
    : await fitCandidate(recipeFor(setting, kind, pipeline), training, stopping, context);
  return { pipeline, ...fitted };
}

/** The predictions of a candidate for some rows. */
export function predictedBy(
  { model: network, pipeline }: FittedWithPipeline,
  held: Table,
  truths: Float64Array,
): Predicted {
  const model = new TableModel(network, pipeline);
  const { target } = pipeline;
  const predictions = model.readings(held);
  return { predictions, truths, decided: choicesOf(target, predictions) };
}
