import { columnsOf } from '../../pipeline/fitted_steps.js';
import { groupFolds } from '../../splits.js';
import type { Table } from '../../table.js';
import { taskOfObjective } from '../../target.js';
import { headOf } from '../../targets/heads.js';
import { WordVectors } from '../../word_vectors.js';
import { fitOn, predictedBy } from '../assess.js';
import { truthsOf } from '../baselines.js';
import { foldParts, usualFolds } from '../divisions.js';
import { partsOf as dividedBy, type Parts } from '../folds.js';
import { nearestPredictions } from '../nearest_rows.js';
import { settingOf, type TableTrainingOptions } from '../options.js';
import { joined, rowsWhere } from '../predicted.js';
import { fittedPipeline, type Setting } from '../setting.js';
import { sideBySide } from '../side_by_side.js';
import type { Opinion } from './comparison.js';

/** The same options with the default loss, so that the errors of opinions can be compared whatever is minimised. */
const ofUsualLoss = (options: TableTrainingOptions): TableTrainingOptions => ({
  ...options,
  task: options.task ?? taskOfObjective(options),
  loss: undefined,
  quantiles: undefined,
  classWeights: undefined,
});

/** How the rows of a setting are divided. */
type PartsOf = (setting: Setting) => readonly Parts[];

const inFolds: PartsOf = (setting) => foldParts(setting, usualFolds(setting));

/** Divisions in which equal rows stay together. @param keyOf A number for each row of the source, the same for equal rows. */
export const withEqualTogether =
  (keyOf: ReadonlyMap<number, number>): PartsOf =>
  (setting) =>
    dividedBy(
      groupFolds(
        Array.from(setting.table.rowNumbers, (row) => keyOf.get(row)!),
        usualFolds(setting),
        setting.seed,
      ),
      setting.seed,
    );

/** Who has an opinion: the kind of model that is inspected, or the nearest rows. */
export type Witness = (table: Table, options: TableTrainingOptions, partsOf?: PartsOf) => Promise<Opinion>;

/** Trains with some options on as many folds as for the report, so that the scores are near those of the report. */
export const opinionOf: Witness = (table, options, partsOf = inFolds) =>
  opinionBy(table, options, partsOf, async (setting, parts) => {
    const kind = setting.network.hidden.length === 0 ? 'linear' : 'network';
    const fit = await fitOn(setting, kind, parts, setting.context);
    const { target } = fit.pipeline;
    const held = setting.table.select(parts.heldOut);
    return { target, rows: held.rowNumbers, predicted: predictedBy(fit, held, truthsOf(target, held)) };
  });

/** Predicts the same rows from the nearest of those that a model would be trained on. Of many rows, it predicts some. */
export const nearestOpinionOf: Witness = (table, options, partsOf = inFolds) =>
  opinionBy(table, options, partsOf, async (setting, parts) => {
    const learnt = setting.table.select(parts.training);
    const { target } = await fittedPipeline(setting, 'linear', learnt);
    // Also columns of which these few rows have no category often enough for a model to learn it.
    const read = Object.entries(setting.pipelines.linear.steps).flatMap(([name, step]) => columnsOf(name, step));
    const { width, constant } = headOf(target);
    const usual = constant(truthsOf(target, learnt), undefined);
    const predictions = await nearestPredictions(setting, target, parts, read, usual);
    const held = setting.table.select(parts.heldOut);
    const isPredicted = (row: number) => !Number.isNaN(predictions[row * width]!);
    return {
      target,
      rows: held.rowNumbers.filter((_, row) => isPredicted(row)),
      predicted: rowsWhere({ predictions, truths: truthsOf(target, held) }, width, isPredicted),
    };
  });

async function opinionBy(
  table: Table,
  options: TableTrainingOptions,
  partsOf: PartsOf,
  ofParts: (setting: Setting, parts: Parts) => Promise<Opinion>,
): Promise<Opinion> {
  const { vectors, ...others } = ofUsualLoss(options);
  const { setting: plain } = await settingOf('train', table, others, {});
  const readsTexts = Object.values(plain.pipelines.network.steps).some(({ kind }) => kind === 'text');
  // Vectors were read for the whole table; the rows and columns of a trial may have none of their words.
  const own = WordVectors.is(vectors) && readsTexts ? { vectors: { all: vectors, words: 0, withVector: 0 } } : {};
  const setting = { ...plain, ...own };
  const fitted = await sideBySide(partsOf(setting), (parts) => ofParts(setting, parts));
  return {
    target: fitted[0]!.target,
    rows: Uint32Array.from(fitted.flatMap(({ rows }) => [...rows])),
    predicted: joined(fitted.map(({ predicted }) => predicted)),
  };
}
