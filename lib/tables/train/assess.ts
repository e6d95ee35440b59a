import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { columnOf, type Table } from '../table.js';
import { TableModel } from '../table_model.js';
import { type Target, targetsOf } from '../target.js';
import { type FittedCandidate, fitCandidate } from './fit_candidate.js';
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

/** Trains the candidates on one part of the rows, ends by another, and predicts the third. Pipelines see the first alone. */
export async function assess(
  setting: Setting,
  parts: Parts,
  onFit: (kind: CandidateKind, share: number) => void,
): Promise<Assessment> {
  const { table } = setting;
  const [training, stopping, held] = [parts.training, parts.stopping, parts.heldOut].map((rows) =>
    table.select(rows),
  ) as [Table, Table, Table];
  const fitAs = (kind: CandidateKind) => fitOn(setting, kind, training, stopping, (share) => onFit(kind, share));
  const linear = await fitAs('linear');
  const network = setting.hidden.length === 0 ? linear : await fitAs('network');
  const { target } = linear.pipeline;
  const truths = truthsOf(target, held);
  return {
    target,
    held,
    fits: { linear, network },
    predicted: {
      constant: constantFor(target, truthsOf(target, training), truths),
      linear: predictedBy(linear, held, truths),
      network: predictedBy(network, held, truths),
    },
  };
}

export async function fitOn(
  setting: Setting,
  kind: CandidateKind,
  training: Table,
  stopping: Table,
  onShare: (share: number) => void,
): Promise<FittedWithPipeline> {
  const { target, task, classes, context } = setting;
  const pipeline = await setting.pipelines[kind].fit(training, { target, task, classes });
  using data = pipeline.dataset(training);
  using ending = pipeline.dataset(stopping);
  const onEpoch = (epoch: number, epochs: number) => onShare(epoch / epochs);
  const recipe = recipeFor(setting, kind, pipeline);
  return { pipeline, ...(await fitCandidate(recipe, data, ending, { ...context, onEpoch })) };
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
  const predictions = new Float64Array(width * truths.length);
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
