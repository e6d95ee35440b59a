import type { Target } from '../target.js';
import type { DivisionOptions } from './division_options.js';
import { type Estimate, meanOf } from './estimates.js';
import { joined, outputsOf, rowsWhere } from './predicted.js';
import type { BaselineName, CandidateKind, TrainReport } from './report.js';
import { lossesOf, type Predicted, scoresOf } from './scores.js';
import { blocksOf } from './time_blocks.js';

/** Predictions for held-out rows, of models and of baselines. The nearest rows predict only some rows of a large table. */
export type Predictions = Readonly<Record<'constant' | CandidateKind, Predicted>> &
  Readonly<Partial<Record<'persistence' | 'nearest', Predicted>>>;

/** The predictions for the rows of several divisions or ranks. */
export const joinedPredictions = (list: readonly Predictions[]): Predictions =>
  eachOf(list[0]!, (name) => joined(list.map((one) => one[name]!)));

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
export const predictedRows = (target: Target, predicted: Predicted): Predicted => {
  const width = outputsOf(target);
  return rowsWhere(predicted, width, (row) => !Number.isNaN(predicted.predictions[row * width]!));
};

const baselines = ['constant', 'linear', 'persistence', 'nearest'] as const;

/** The baselines that there are predictions of. */
export const baselinesIn = (predictions: Predictions): BaselineName[] =>
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

/** The scores of the models and of the baselines, each on the rows that it predicts. */
export const scoresOfAll = (target: Target, predictions: Predictions): TrainReport['scores'] =>
  Object.fromEntries(
    Object.entries(predictions).map(([name, one]) => [name, scoresOf(target, predictedRows(target, one))]),
  ) as unknown as TrainReport['scores'];
