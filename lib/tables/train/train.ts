import path from 'node:path';
import { isArray } from '../../checks/kinds.js';
import { concatenated } from '../concatenated.js';
import { distributionsOf } from '../monitoring/distributions_of.js';
import { kindsOverAll, ranksOf, rowsOverAll, sampleOverAll, type Table } from '../table.js';
import { TableModel } from '../table_model.js';
import type { ClassTarget, Target } from '../target.js';
import { type Assessment, assess, type FittedWithPipeline } from './assess.js';
import { checkCalibration, outputScaling } from './calibration.js';
import { advantagesOf, sampledInTime, scoresOfAll } from './comparison.js';
import { checkTrainDecision } from './decisions.js';
import { dependenceOf } from './dependence.js';
import { divisionsOf, isCrossValidated } from './divisions.js';
import { scaleOutputs } from './ensemble.js';
import type { FitContext } from './fit_candidate.js';
import { lossesOverFolds } from './fold_losses.js';
import { intervalsOf } from './held_out_intervals.js';
import { identityOf } from './identity.js';
import { importanceOf } from './importance.js';
import { columnsReport } from './left_out.js';
import { methodOf } from './method.js';
import { settingOf } from './options.js';
import { givenOf, ownChecks, retrainingOptions } from './own_options.js';
import { joined } from './predicted.js';
import { refit } from './refit.js';
import type { TrainReport } from './report.js';
import { type Predicted, scoresOfEachClass } from './scores.js';
import { isExact } from './setting.js';
import { type TrainedSeveral, trainSeveral } from './several.js';
import { textsOf } from './texts_of.js';
import type { TrainOptions, TrainSeveralOptions } from './train_options.js';
import { openFolder, removeFolder } from './training_folder.js';
import { verdictOf } from './verdict.js';
import { warningsFor } from './warnings/inspect.js';
import { numbersOfRows, worstRowsOf } from './worst_rows.js';

export type { TrainOptions, TrainSeveralOptions } from './train_options.js';

/** The result of {@link train}. */
export interface Trained {
  readonly model: TableModel;
  readonly report: TrainReport;
  /** Predictions for the held-out rows, by models of the chosen kind that were not trained on them. */
  readonly heldOut: { readonly target: Target; readonly predicted: Predicted };
}

/**
 * Trains a model that predicts a column of a table from the others. Reports how good it is on rows that it was not trained on,
 * in comparison with baselines: a constant, the exact linear model, the nearest rows and, with `time`, the last earlier value.
 *
 * @example
 * const { model, report } = await train(await table('people.csv'), { target: 'bought' });
 * @throws TypeError, RangeError for options or a table that don't fit; the signal's reason.
 */
export function train(table: Table, options: TrainOptions): Promise<Trained>;
/**
 * Trains one network that predicts several columns, numbers and classes, from the others. A row that lacks some of the targets
 * still teaches the others. Scores are those of each target by itself.
 *
 * @example
 * const { model, report } = await train(await table('houses.csv'), { target: ['price', 'sold'] });
 */
export function train(table: Table, options: TrainSeveralOptions): Promise<TrainedSeveral>;
export async function train(
  table: Table,
  options: TrainOptions | TrainSeveralOptions,
): Promise<Trained | TrainedSeveral> {
  return isArray(options?.target)
    ? trainSeveral(table, options as TrainSeveralOptions)
    : trainOne(table, options as TrainOptions);
}

async function trainOne(table: Table, options: TrainOptions): Promise<Trained> {
  const start = performance.now();
  const { setting, own } = await settingOf('train', table, options, ownChecks);
  const { table: known, rows, target, task, seed } = setting;
  const { validation, stop, onProgress, checkpoints, logDir, logFile, ranks = ranksOf(table) } = own;
  checkTrainDecision('train', setting, own);
  checkCalibration('train', setting, own);
  const isFirst = !ranks || ranks.rank === 0;
  const isSmall = isCrossValidated(setting, validation);
  if (checkpoints !== undefined && isFirst) await openFolder(checkpoints, { ...identityOf(setting), validation });

  const divisions = await divisionsOf(setting, validation);
  const [linear, network] = [isExact(setting, 'linear') ? 0.1 : 1, setting.network.hidden.length > 0 ? 1 : 0]; // their times
  const ofFinal = isSmall ? network || linear : 0;
  const isOfNumbers = task === 'regression' && setting.objective.quantiles === undefined;
  const whole = divisions.length * (linear + network) + ofFinal;
  let fitted = 0;
  /** The context of a fit, with its begin and its share of the time. Its name is also that of its folders. */
  const contextOf = (name: string, stage: string, place: number, time: number): FitContext => ({
    ...setting.context,
    stop,
    ranks,
    logFile,
    logDir: logDir && path.join(logDir, name),
    checkpoint: checkpoints === undefined ? undefined : { folder: path.join(checkpoints, name), everySeconds: 10 },
    onEpoch: (epoch, epochs) => onProgress?.(stage, Math.min(1, (fitted + place + (time * epoch) / epochs) / whole)),
  });
  const assessments: Assessment[] = [];
  // Ranks notice a stop at different times, but must begin the same fits.
  const isStopped = async () =>
    ranks ? (await ranks.gather(stop?.aborted === true)).includes(true) : stop?.aborted === true;
  for (const [i, division] of divisions.entries()) {
    if (assessments.length > 0 && (await isStopped())) break;
    assessments.push(
      await assess(setting, division, (kind) =>
        contextOf(
          `${kind}-${i + 1}`,
          `${kind} model`,
          ...((kind === 'network' ? [linear, network] : [0, linear]) as [number, number]),
        ),
      ),
    );
    fitted += linear + network;
  }
  const [first] = assessments as [Assessment, ...Assessment[]];
  const verdict = verdictOf(setting, own, assessments as [Assessment, ...Assessment[]]);
  const { target: described, predicted, chosen, baseline, gain, decision, calibration } = verdict;
  const stopped = await isStopped();
  const judged = assessments.map((one) => one.predicted[chosen]);
  const { errorBounds, intervals } = isOfNumbers
    ? intervalsOf(judged, sampledInTime(joined(judged), setting.division), setting.division)
    : {};
  const isRefitted = isSmall && !stopped;
  const final: FittedWithPipeline = isRefitted
    ? await refit(setting, chosen, assessments, contextOf('final-1', 'final model', 0, network || linear))
    : first.fits[chosen];
  if (calibration.scaling) {
    const { scale, shifts } = outputScaling(described as ClassTarget, calibration.scaling);
    scaleOutputs(final.model, scale, shifts);
  }
  const trainedOn = isRefitted ? known : known.select(divisions[0]!.training);
  const distributions = await distributionsOf(final.pipeline, trainedOn, predicted[chosen].predictions);
  const isInspected = own.warnings !== false && !stopped;
  if (isInspected) onProgress?.('warnings', 1);
  const warnings = isInspected
    ? await warningsFor({
        table: await sampleOverAll(known, mostInspected),
        target: described,
        read: final.pipeline.columns,
        options: retrainingOptions({ ...options, vectors: setting.vectors?.all }, chosen),
      })
    : [];
  const kinds = await kindsOverAll(known);
  const importance = await importanceOf(
    assessments.map(({ held, fits: ofPart }) => ({ held, fit: ofPart[chosen] })),
    setting,
    ranks,
  );
  const numbers: Uint32Array[] = [];
  for (const { held } of assessments) numbers.push(await numbersOfRows(held));
  const { by } = setting.division;
  const uses = { pipeline: options.pipeline, without: options.without, by, weight: setting.objective.weight };
  const report: TrainReport = {
    target,
    task,
    rows,
    withoutTarget: (await rowsOverAll(table)) - rows - setting.repeated - setting.weightless,
    ...(setting.weightless > 0 && { withoutWeight: setting.weightless }),
    ...(setting.repeated > 0 && { repeated: setting.repeated }),
    ...columnsReport(known, kinds, [target], final.pipeline.columns, uses),
    heldOut: isSmall ? 'cross-validated' : 'held out',
    ...givenOf(setting.objective),
    ...givenOf(setting.division),
    warnings,
    stopped: stopped || (await isStopped()),
    scores: scoresOfAll(described, predicted),
    ...scoresOfEachClass(described, predicted[chosen]),
    ...(intervals && { intervals }),
    ...(decision && { decision: decision.report }),
    ...(calibration.report && { calibration: calibration.report }),
    baseline,
    gain,
    worth: gain.low > 0,
    chosen,
    advantages: advantagesOf(described, predicted, chosen),
    importance,
    dependence: await dependenceOf(
      new TableModel(final.model, final.pipeline),
      isSmall ? known : first.held,
      importance.map(({ column }) => column),
      kinds,
      seed,
      ranks,
    ),
    worst: worstRowsOf(described, predicted[chosen], concatenated(Uint32Array, numbers)),
    ...textsOf(setting, final),
    parameters: final.model.parameters.length,
    epochs: final.epochs,
    ...methodOf(setting, chosen, final),
    ...(final.penalties && { penalty: final.penalties[0]! }),
    hidden: setting.network.hidden,
    seed,
    examplesPerSecond: final.examplesPerSecond,
    seconds: (performance.now() - start) / 1000,
    history: final.history,
    foldHistory: lossesOverFolds(assessments.map(({ fits: ofPart }) => ofPart[chosen])),
  };
  onProgress?.('done', 1);
  if (checkpoints !== undefined && !report.stopped && isFirst) await removeFolder(checkpoints);
  const heldOut = { target: described, predicted: predicted[chosen] };
  const details = { errorBounds, decision: decision?.decision };
  return { model: new TableModel(final.model, final.pipeline, { report, distributions }, details), report, heldOut };
}

/** If each rank has a part of the rows: the most rows in which reasons for warnings are looked for. */
const mostInspected = 5000;
