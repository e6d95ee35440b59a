import { type Checks, integer } from '../../checks/checked_options.js';
import { newArray } from '../../errors.js';
import { concatenated } from '../concatenated.js';
import type { Table } from '../table.js';
import type { Class } from '../target.js';
import type { Prediction } from '../targets/head.js';
import { quantilesOfRows } from '../targets/quantiles_head.js';
import { fitOn, predictedBy, samplingOf } from './assess.js';
import { truthsOf } from './baselines.js';
import { sampledInTime } from './comparison.js';
import {
  type ChosenDecision,
  checkTrainDecision,
  decidedBy,
  decisionFrom,
  isSearched,
  meanCost,
  type TrainDecisionOptions,
  trainDecisionChecks,
} from './decisions.js';
import { foldParts } from './divisions.js';
import { type Estimate, meanOf } from './estimates.js';
import type { Parts } from './folds.js';
import { checkWhole, settingOf, type TableTrainingOptions } from './options.js';
import { joined, outputsOf } from './predicted.js';
import {
  decidedOf,
  type Predicted,
  rarerOf,
  type ScoresByClass,
  scoresOf,
  scoresOfEachClass,
  type TableScores,
  withinBounds,
} from './scores.js';
import type { Setting } from './setting.js';
import { sideBySide } from './side_by_side.js';

export interface CrossValidateOptions extends TableTrainingOptions, TrainDecisionOptions {
  /** The number of parts, 2 to 20. Each is held out once. Default 5. */
  readonly folds?: number | undefined;
}

const ownChecks = {
  ...trainDecisionChecks,
  folds: integer(2, 20),
} satisfies Checks<Omit<CrossValidateOptions, keyof TableTrainingOptions>>;

/** The result of `crossValidate`. Plain data. Scores of each class are those of all held-out rows together. */
export interface CrossValidation extends ScoresByClass {
  /**
   * For each fold: the scores on the held-out rows, the number of these rows, and the epochs of training. For two classes, with
   * `threshold` or `costs`: the probability from which on the second class is predicted.
   */
  readonly folds: readonly {
    readonly scores: TableScores;
    readonly rows: number;
    readonly epochs: number;
    readonly threshold?: number;
  }[];
  /** The mean of each score over the folds, with a 95 % interval by Student's t. Scores that a fold lacks are left out. */
  readonly mean: TableScores;
  /** With `costs`: the mean cost of a held-out row. */
  readonly cost?: Estimate;
  /** For each row that was held out, the prediction of the model that was trained without it: with `time`, all but the earliest. */
  readonly predictions: readonly Prediction[];
  /** For classes: the probabilities of all `classes`, row by row. */
  readonly probabilities?: Float64Array;
  readonly classes?: readonly Class[];
  /** The rows of the predictions, by their numbers in the table's `rowNumbers`. */
  readonly rowNumbers: Uint32Array;
}

/**
 * Scores of a model on rows that it was not trained on. Each part of the rows is held out once; the next part decides when
 * training ends, and the model is trained on the others. Pipelines are fitted to the training rows only. The same seed gives the
 * same results, unless `maxSeconds` ends a training.
 *
 * With `costs` or `threshold`, held-out rows are predicted as `train` would make its model predict them. If the threshold is to be
 * searched, it is found without the held-out fold: on predictions for the other rows, each by a model that was trained without it.
 * This takes three more trainings for each fold.
 *
 * @example
 * const { mean } = await crossValidate(await table('people.csv'), { target: 'bought', by: 'household' });
 * @throws TypeError, RangeError for options or a table that don't fit; the signal's reason.
 */
export async function crossValidate(table: Table, options: CrossValidateOptions): Promise<CrossValidation> {
  checkWhole('crossValidate', table);
  const { setting, own } = await settingOf('crossValidate', table, options, ownChecks);
  checkTrainDecision('crossValidate', setting, own);
  const fitted = await sideBySide(foldParts(setting, own.folds ?? 5), (parts) => foldOf(setting, parts, own));

  const [{ target }] = fitted as [Fold, ...Fold[]];
  const width = outputsOf(target);
  const heldOut = concatenated(
    Uint32Array,
    fitted.map(({ rows }) => rows),
  ).sort();
  const placeOf = new Map(Array.from(heldOut, (row, place) => [row, place]));
  const outputs = newArray(Float64Array, heldOut.length * width);
  const choices = new Uint32Array(heldOut.length);
  for (const { rows, predicted } of fitted) {
    const ofFold = decidedOf(predicted, width);
    for (const [i, row] of rows.entries()) {
      outputs.set(predicted.predictions.subarray(i * width, (i + 1) * width), placeOf.get(row)! * width);
      choices[placeOf.get(row)!] = ofFold[i]!;
    }
  }
  const all = joined(fitted.map(({ predicted }) => predicted));
  const positive = target.task === 'classification' && width === 2 ? rarerOf(all) : undefined;
  const folds = fitted.map(({ rows, predicted, epochs, decision }) => ({
    scores: scoresOf(target, sampledInTime(predicted, setting.division), positive),
    rows: rows.length,
    epochs,
    ...(decision?.threshold === undefined ? {} : { threshold: decision.threshold }),
  }));
  const rowNumbers = setting.table.select(heldOut).rowNumbers;
  const found = { folds, mean: meanScores(folds.map(({ scores }) => scores)), rowNumbers };
  if (target.task === 'regression') {
    const { quantiles } = target;
    return { ...found, predictions: quantiles ? quantilesOfRows(quantiles, outputs) : [...outputs] };
  }
  const { classes } = target;
  const predictions = Array.from(choices, (place) => classes[place]!);
  const sampled = sampledInTime(all, setting.division);
  return {
    ...found,
    ...(own.costs && { cost: meanCost(classes.map(String), own.costs, sampled, decidedOf(all, width)) }),
    predictions,
    probabilities: outputs,
    classes,
    ...scoresOfEachClass(target, sampled),
  };
}

type Fold = Awaited<ReturnType<typeof foldOf>>;

async function foldOf(setting: Setting, parts: Parts, given: ChosenDecision) {
  const { target, predicted, epochs } = await predictedFold(setting, parts);
  const { heldOut: rows } = parts;
  if (target.task === 'regression' || (given.threshold === undefined && given.costs === undefined))
    return { target, rows, predicted, epochs };
  const others = isSearched(target, given) ? await predictedOthers(setting, parts) : predicted;
  const decision = decisionFrom(target, others, given);
  const decided = decidedBy(target, predicted, decision);
  return { target, rows, predicted: { ...predicted, decided }, epochs, decision };
}

async function predictedFold(setting: Setting, parts: Parts) {
  const kind = setting.network.hidden.length === 0 ? 'linear' : 'network';
  const fit = await fitOn(setting, kind, parts, setting.context);
  const { target } = fit.pipeline;
  const held = setting.table.select(parts.heldOut);
  const predicted: Predicted = { ...predictedBy(fit, held, truthsOf(target, held)), ...samplingOf(setting, held) };
  return { target, predicted, epochs: fit.epochs };
}

/** The parts into which the rows beside a held-out fold are cut to search a threshold. */
const innerFolds = 3;

/** Predictions for the rows beside a held-out fold, each by a model that was trained without it. */
async function predictedOthers(setting: Setting, { training, stopping }: Parts): Promise<Predicted> {
  const table = setting.table.select(concatenated(Uint32Array, [training, stopping]).sort());
  const inner = { ...setting, table };
  const list: Predicted[] = [];
  for (const parts of foldParts(inner, innerFolds)) list.push((await predictedFold(inner, parts)).predicted);
  return joined(list);
}

/** The mean over the folds of each score that all folds have. */
function meanScores(folds: readonly TableScores[]): TableScores {
  const names = Object.keys(folds[0]!).filter((name) => folds.every((scores) => scores[name] !== undefined));
  return Object.fromEntries(
    names.map((name) => [name, withinBounds(name, meanOf(Float64Array.from(folds, (scores) => scores[name]!.value)))]),
  );
}
