import type { Dataset } from '../../data/dataset.js';
import { newArray } from '../../errors.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { columnOf, type Table } from '../table.js';
import { TableModel } from '../table_model.js';
import { type Target, targetsOf } from '../target.js';
import { type FitContext, type FittedCandidate, fitCandidate } from './fit_candidate.js';
import type { Parts } from './folds.js';
import type { CandidateKind } from './report.js';
import type { Predicted } from './scores.js';
import { recipeFor, type Setting } from './setting.js';

/** Both candidates, trained on some rows, and what they predict for others. */
export interface Assessment {
  readonly target: Target;
  /** The rows that are predicted. */
  readonly held: Table;
  readonly fits: Readonly<Record<CandidateKind, FittedWithPipeline>>;
  readonly predicted: Readonly<Record<'constant' | CandidateKind, Predicted>>;
}

/** A trained candidate with the pipeline that makes its inputs. */
export interface FittedWithPipeline extends FittedCandidate {
  readonly pipeline: FittedPipeline;
}

/**
 * Trains the candidates on one part of the rows, ends by another, and predicts the third. Pipelines see the first alone.
 *
 * @param contextOf The context of a candidate's fit.
 */
export async function assess(
  setting: Setting,
  parts: Parts,
  contextOf: (kind: CandidateKind) => FitContext,
): Promise<Assessment> {
  const { table } = setting;
  const held = table.select(parts.heldOut);
  const fitAs = async (kind: CandidateKind): Promise<FittedWithPipeline> => {
    using prepared = await prepare(setting, kind, parts);
    return await fitPrepared(setting, kind, prepared, contextOf(kind));
  };
  const linear = await fitAs('linear');
  const network = setting.network.hidden.length === 0 ? linear : await fitAs('network');
  const { target } = linear.pipeline;
  const truths = truthsOf(target, held);
  return {
    target,
    held,
    fits: { linear, network },
    predicted: {
      constant: constantFor(target, truthsOf(target, table.select(parts.training)), truths),
      linear: predictedBy(linear, held, truths),
      network: predictedBy(network, held, truths),
    },
  };
}

/** The rows of a division as datasets, by a pipeline that was fitted on the training rows. */
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
  const training = pipeline.dataset(rows);
  const stopping = pipeline.dataset(table.select(parts.stopping));
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

/** Numbers in the units of the table, or places of classes. */
export function truthsOf(target: Target, table: Table): Float64Array {
  const targets = targetsOf(target, columnOf(table, target.column));
  return target.task === 'regression' ? targets.map((z) => z * target.deviation + target.mean) : targets;
}

/** What a candidate predicts for some rows. */
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

/** The mean, or the shares of the classes, of the training rows. */
function constantFor(target: Target, known: Float64Array, truths: Float64Array): Predicted {
  if (target.task === 'regression') {
    const mean = known.reduce((sum, x) => sum + x, 0) / known.length;
    return { predictions: truths.map(() => mean), truths };
  }
  const width = target.classes.length;
  const shares = new Float64Array(width);
  for (const place of known) shares[place]! += 1 / known.length;
  const predictions = newArray(Float64Array, width * truths.length);
  for (let row = 0; row < truths.length; ++row) predictions.set(shares, row * width);
  return { predictions, truths };
}

/** Predictions for several parts, as one list. */
export function joined(list: readonly Predicted[]): Predicted {
  const whole = (arrays: readonly Float64Array[]) => {
    const all = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const array of arrays) {
      all.set(array, at);
      at += array.length;
    }
    return all;
  };
  return { predictions: whole(list.map((one) => one.predictions)), truths: whole(list.map((one) => one.truths)) };
}
