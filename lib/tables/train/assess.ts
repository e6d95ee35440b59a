import type { Dataset } from '../../data/dataset.js';
import { type Ranks, together } from '../../distributed/ranks.js';
import { newArray } from '../../errors.js';
import { concatenated } from '../concatenated.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { columnOf, ranksOf, type Table } from '../table.js';
import { TableModel } from '../table_model.js';
import { type Target, targetsOf } from '../target.js';
import { groupsOf } from './divisions.js';
import { type FitContext, type FittedCandidate, fitCandidate } from './fit_candidate.js';
import type { Parts } from './folds.js';
import type { CandidateKind } from './report.js';
import type { Predicted } from './scores.js';
import { recipeFor, type Setting } from './setting.js';

/** Both candidates, trained on some rows, and their predictions for others. */
export interface Assessment {
  readonly target: Target;
  /** The predicted rows; if each rank has a part of the table, those of this rank. */
  readonly held: Table;
  readonly fits: Readonly<Record<CandidateKind, FittedWithPipeline>>;
  /** Predictions for the rows of all ranks. */
  readonly predicted: Readonly<Record<'constant' | CandidateKind, Predicted>>;
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
  const groups = groupsOf(held, setting.division.by);
  const constant = await constantFor(target, truthsOf(target, table.select(parts.training)), ranks);
  const predicted = await together(ranks, {
    constant: { ...constantly(constant, truths), groups },
    linear: { ...predictedBy(linear, held, truths), groups },
    network: { ...predictedBy(network, held, truths), groups },
  });
  const of = (kind: 'constant' | CandidateKind) => joined(predicted.map((part) => part[kind]));
  return {
    target,
    held,
    fits: { linear, network },
    predicted: { constant: of('constant'), linear: of('linear'), network: of('network') },
  };
}

/** The rows of a division as datasets, and the pipeline that was fitted to the training rows. */
export interface Prepared extends Disposable {
  readonly pipeline: FittedPipeline;
  readonly training: Dataset;
  readonly stopping: Dataset;
}

export async function prepare(
  { table, target, task, classes, pipelines }: Setting,
  kind: CandidateKind,
  parts: Pick<Parts, 'training' | 'stopping'>,
): Promise<Prepared> {
  const rows = table.select(parts.training);
  const pipeline = await pipelines[kind].fit(rows, { target, task, classes });
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
  return { pipeline, ...(await fitCandidate(recipeFor(setting, kind, pipeline), training, stopping, context)) };
}

/** True values: numbers in the units of the table, or indices of classes. */
export function truthsOf(target: Target, table: Table): Float64Array {
  const targets = targetsOf(target, columnOf(table, target.column));
  return target.task === 'regression' ? targets.map((z) => z * target.deviation + target.mean) : targets;
}

/** The predictions of a candidate for some rows. */
export function predictedBy(
  { model: network, pipeline }: FittedWithPipeline,
  held: Table,
  truths: Float64Array,
): Predicted {
  const model = new TableModel(network, pipeline);
  return {
    predictions:
      pipeline.target.task === 'regression'
        ? Float64Array.from(model.predict(held) as number[])
        : model.probabilities(held),
    truths,
  };
}

/** The mean, or the shares of the classes, over the training rows of all ranks. */
async function constantFor(target: Target, known: Float64Array, ranks: Ranks | undefined): Promise<Float64Array> {
  const sums = new Float64Array(target.task === 'regression' ? 1 : target.classes.length);
  for (const truth of known)
    if (target.task === 'regression') sums[0]! += truth;
    else sums[truth]! += 1;
  const parts = await together(ranks, { rows: known.length, sums });
  const rows = parts.reduce((all, part) => all + part.rows, 0);
  return sums.map((_, i) => parts.reduce((all, part) => all + part.sums[i]!, 0) / rows);
}

/** The same prediction for all rows. */
function constantly(constant: Float64Array, truths: Float64Array): Predicted {
  const predictions = newArray(Float64Array, constant.length * truths.length);
  for (let row = 0; row < truths.length; ++row) predictions.set(constant, row * constant.length);
  return { predictions, truths };
}

/** Predictions for several parts, as one list. */
export function joined(list: readonly Predicted[]): Predicted {
  const all = (of: (one: Predicted) => Float64Array) => concatenated(Float64Array, list.map(of));
  const { groups, weights, decided } = list[0]!;
  return {
    predictions: all((one) => one.predictions),
    truths: all((one) => one.truths),
    groups: groups && all((one) => one.groups!),
    weights: weights && all((one) => one.weights!),
    decided: decided && all((one) => one.decided!),
  };
}
