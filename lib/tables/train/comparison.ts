import type { Target } from '../target.js';
import type { DivisionOptions } from './division_options.js';
import { type Estimate, meanOf } from './estimates.js';
import { joined, outputsOf, rowsWhere } from './predicted.js';
import type { BaselineName, CandidateKind, TrainReport } from './report.js';
import { decidedOf, lossesOf, type Predicted, rarerOf, scoresOf, type TableScores } from './scores.js';
import { blocksOf } from './time_blocks.js';

/** Predictions for held-out rows, of models and of baselines. The nearest rows predict only some rows of a large table. */
export type Predictions = Readonly<Record<'constant' | CandidateKind, Predicted>> &
  Readonly<Partial<Record<'persistence' | 'nearest', Predicted>>>;

/** The predictions for the rows of several ranks. */
export const joinedPredictions = (list: readonly Predictions[]): Predictions =>
  eachOf(list[0]!, (name) => joined(list.map((one) => one[name]!)));

/** The predictions for the rows of several divisions, by a model of each. */
export const joinedDivisions = (list: readonly Predictions[]): Predictions =>
  joinedPredictions(
    list.map((predictions, division) =>
      eachOf(predictions, (_, one) => ({ ...one, models: new Float64Array(one.truths.length).fill(division) })),
    ),
  );

/** Predictions of which neighbours in time form groups, if rows were divided by time. Their `groups` are times. */
export const sampledInTime = (predicted: Predicted, { time }: DivisionOptions): Predicted =>
  time === undefined ? predicted : { ...predicted, groups: blocksOf(predicted.groups!) };

/** The same of each model and baseline. */
export const eachOf = (
  predictions: Predictions,
  of: (name: keyof Predictions, predicted: Predicted) => Predicted,
): Predictions =>
  Object.fromEntries(
    Object.entries(predictions).map(([name, predicted]) => [name, of(name as keyof Predictions, predicted)]),
  ) as unknown as Predictions;

/** How much smaller the loss of some predictions is than that of others, on average over the rows that both predict. */
export function advantageOf(target: Target, predicted: Predicted, over: Predicted): Estimate {
  const width = outputsOf(target);
  const isPredicted = (row: number) =>
    !Number.isNaN(predicted.predictions[row * width]!) && !Number.isNaN(over.predictions[row * width]!);
  const both = [predicted, over].map((one) => rowsWhere(one, width, isPredicted)) as [Predicted, Predicted];
  const [losses, others] = both.map((one) => lossesOf(target, one)) as [Float64Array, Float64Array];
  return meanOf(
    losses.map((loss, row) => others[row]! - loss),
    both[0],
  );
}

/** The rows that are predicted. */
const predictedRows = (target: Target, predicted: Predicted): Predicted => {
  const width = outputsOf(target);
  return rowsWhere(predicted, width, (row) => !Number.isNaN(predicted.predictions[row * width]!));
};

const baselines = ['constant', 'linear', 'persistence', 'nearest'] as const;

/** The baselines that there are predictions of. */
const baselinesIn = (predictions: Predictions): BaselineName[] =>
  baselines.filter((name) => predictions[name] !== undefined);

/** The baseline with the least mean loss. */
export function bestBaseline(target: Target, predictions: Predictions): BaselineName {
  return baselinesIn(predictions).reduce((best, name) =>
    advantageOf(target, predictions[name]!, predictions[best]!).value > 0 ? name : best,
  );
}

/** How much smaller the loss of a model is than that of each baseline. */
export const advantagesOf = (
  target: Target,
  predictions: Predictions,
  kind: CandidateKind,
): Readonly<Partial<Record<BaselineName, Estimate>>> =>
  Object.fromEntries(
    baselinesIn(predictions)
      .filter((name) => name !== kind)
      .map((name) => [name, advantageOf(target, predictions[kind], predictions[name]!)]),
  );

/**
 * The scores of the models and of the baselines, each on the rows that it predicts. Of two classes, all average precisions are
 * those of the one that is rarer among all rows.
 */
export function scoresOfAll(target: Target, predictions: Predictions): TrainReport['scores'] {
  const positive = target.task === 'classification' && target.classes.length === 2 ? rarerOf(predictions.network) : 0;
  const scoresBy = (name: string, one: Predicted): TableScores => {
    const scores = scoresOf(target, predictedRows(target, one), positive);
    return name === 'constant' ? { ...scores, ...certainScores(target, one, scores) } : scores;
  };
  return Object.fromEntries(
    Object.entries(predictions).map(([name, one]) => [name, scoresBy(name, one)]),
  ) as unknown as TrainReport['scores'];
}

/** The scores of constants that are the same on any rows: the AUC, and the balanced accuracy if all predict the same class. */
function certainScores(target: Target, constant: Predicted, { auc, balancedAccuracy }: TableScores): TableScores {
  const exact = ({ value }: Estimate): Estimate => ({ value, low: value, high: value });
  const isSame = new Set(decidedOf(constant, outputsOf(target))).size === 1;
  return {
    ...(auc && { auc: exact(auc) }),
    ...(balancedAccuracy && isSame && { balancedAccuracy: exact(balancedAccuracy) }),
  };
}
