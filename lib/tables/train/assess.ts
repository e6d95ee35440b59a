import type { Dataset } from '../../data/dataset.js';
import { together } from '../../distributed/ranks.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import type { Sampling } from '../sampling.js';
import { timesOf } from '../splits.js';
import { columnOf, ranksOf, type Table } from '../table.js';
import { TableModel } from '../table_model.js';
import { choicesOf, type Target } from '../target.js';
import { weightsOf } from '../weights.js';
import { baselinePredictions, truthsOf } from './baselines.js';
import { joinedPredictions, type Predictions } from './comparison.js';
import { datasetOf } from './datasets.js';
import { groupsOf } from './divisions.js';
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

/** The candidates for several targets, and each target by itself. */
export interface AssessmentOfSeveral {
  readonly fits: Assessment['fits'];
  /** By the names of the targets that held-out rows have. */
  readonly each: ReadonlyMap<string, Assessment>;
}

/** The context of a candidate's fit. */
type ContextOf = (kind: CandidateKind) => FitContext;

/**
 * Trains the candidates on one part of the rows. The second part decides when training ends, and the third is predicted. Only
 * the first part is used to fit pipelines.
 */
export async function assess(setting: Setting, parts: Parts, contextOf: ContextOf): Promise<Assessment> {
  return assessed(setting, parts, await fitCandidates(setting, parts, contextOf));
}

/** The same for several targets. */
export async function assessSeveral(
  setting: Setting,
  parts: Parts,
  contextOf: ContextOf,
): Promise<AssessmentOfSeveral> {
  const fits = await fitCandidates(setting, parts, contextOf);
  const each = new Map<string, Assessment>();
  for (const one of setting.several!) {
    const { target, table } = one;
    const placeOf = new Map(Array.from(table.rowNumbers, (number, place) => [number, place]));
    const placesOf = (rows: Uint32Array) =>
      Uint32Array.from(Array.from(rows, (row) => placeOf.get(setting.table.rowNumbers[row]!) ?? []).flat());
    const own: Parts = {
      training: placesOf(parts.training),
      stopping: placesOf(parts.stopping),
      heldOut: placesOf(parts.heldOut),
    };
    if (own.heldOut.length === 0) continue;
    const alone = ({ model, pipeline, ...fit }: FittedWithPipeline): FittedWithPipeline => {
      const { network, pipeline: ofTarget } = new TableModel(model, pipeline).for(target);
      return { ...fit, model: network, pipeline: ofTarget };
    };
    const linear = alone(fits.linear);
    const ofTarget = { linear, network: fits.network === fits.linear ? linear : alone(fits.network) };
    each.set(target, await assessed(one, own, ofTarget));
  }
  return { fits, each };
}

async function fitCandidates(setting: Setting, parts: Parts, contextOf: ContextOf): Promise<Assessment['fits']> {
  const linear = await fitOn(setting, 'linear', parts, contextOf('linear'));
  const isLinear = setting.network.hidden.length === 0;
  return { linear, network: isLinear ? linear : await fitOn(setting, 'network', parts, contextOf('network')) };
}

/** Predicts held-out rows by candidates for one target, and by baselines. */
async function assessed(setting: Setting, parts: Parts, fits: Assessment['fits']): Promise<Assessment> {
  const { table } = setting;
  const ranks = ranksOf(table);
  const held = table.select(parts.heldOut);
  const { linear, network } = fits;
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
  return { target, held, fits, predicted: joinedPredictions(await together(ranks, predicted)) };
}

/** How held-out rows count, and numbers that they share if they may be alike: their group, or their time. */
export const samplingOf = ({ objective, division: { by, time } }: Setting, held: Table): Sampling => ({
  groups: time === undefined ? groupsOf(held, by) : timesOf(held, time, columnOf(held, time)),
  weights: weightsOf(held, objective.weight),
});

/** The rows of a division as datasets, and the pipeline that was fitted to the training rows. */
export interface Prepared extends Disposable {
  readonly parts: LearningParts;
  readonly pipeline: FittedPipeline;
  readonly training: Dataset;
  readonly stopping: Dataset;
}

export async function prepare(setting: Setting, kind: CandidateKind, parts: LearningParts): Promise<Prepared> {
  const { table } = setting;
  const rows = table.select(parts.training);
  const pipeline = await fittedPipeline(setting, kind, rows);
  const training = await datasetOf(pipeline, rows);
  const stopping = await datasetOf(pipeline, table.select(parts.stopping));
  const dispose = () => {
    training.dispose();
    stopping.dispose();
  };
  return { parts, pipeline, training, stopping, [Symbol.dispose]: dispose };
}

type LearningParts = Pick<Parts, 'training' | 'stopping'>;

/** Trains a candidate on some rows. The others decide when training ends, or choose the penalty. */
export async function fitOn(
  setting: Setting,
  kind: CandidateKind,
  parts: LearningParts,
  context: FitContext,
): Promise<FittedWithPipeline> {
  if (isExact(setting, kind)) {
    const [training, stopping] = [parts.training, parts.stopping].map((rows) => setting.table.select(rows));
    const pipeline = await fittedPipeline(setting, kind, training!);
    return { pipeline, ...(await fitLinear(pipeline, { training: training!, stopping: stopping! }, context)) };
  }
  using prepared = await prepare(setting, kind, parts);
  const { pipeline, training, stopping } = prepared;
  return { pipeline, ...(await fitCandidate(recipeFor(setting, kind, pipeline), training, stopping, context)) };
}

/** The same for a setting of which many share the rows. A pipeline depends on no setting of the network. */
export async function fitPrepared(
  setting: Setting,
  { parts, pipeline, training, stopping }: Prepared,
  context: FitContext,
): Promise<FittedCandidate> {
  return isExact(setting, 'network')
    ? fitOn(setting, 'network', parts, context)
    : fitCandidate(recipeFor(setting, 'network', pipeline), training, stopping, context);
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
