import path from 'node:path';
import type { Checks } from '../../checks/checked_options.js';
import { checkBoolean, checkFunction, checkSignal } from '../../checks/options.js';
import { checkRanks, type Ranks } from '../../distributed/ranks.js';
import { checkPath } from '../../formats/files.js';
import type { Network } from '../../training/network.js';
import { distributionsOf } from '../monitoring/distributions_of.js';
import { kindsOverAll, ranksOf, rowsOverAll, sampleOverAll, type Table } from '../table.js';
import { TableModel } from '../table_model.js';
import type { Target } from '../target.js';
import { type Assessment, assess, type FittedWithPipeline } from './assess.js';
import {
  advantageOf,
  advantagesOf,
  bestBaseline,
  eachOf,
  joinedPredictions,
  type Predictions,
  predictedRows,
  sampledInTime,
} from './comparison.js';
import { divisionsOf, isCrossValidated } from './divisions.js';
import { ensembleOf } from './ensemble.js';
import { type FitContext, type FittedCandidate, fitCandidate } from './fit_candidate.js';
import { identityOf } from './identity.js';
import { importanceOf } from './importance.js';
import { checkSetting, settingOf, type TableTrainingOptions } from './options.js';
import type { CandidateKind, TrainReport } from './report.js';
import { type Predicted, scoresOf, scoresOfEachClass } from './scores.js';
import { fitOptionsOf, membersFor, recipeFor, type Setting } from './setting.js';
import { openFolder, removeFolder } from './training_folder.js';
import { warningsFor } from './warnings/inspect.js';

export interface TrainOptions extends TableTrainingOptions {
  /**
   * The fraction of the rows to hold out for the scores. Default: 0.1 from 50,000 rows on. In smaller tables, each row is held out
   * once and predicted by models that are trained on others, and the final model is trained on all rows.
   */
  readonly validation?: number | undefined;
  /**
   * Folder for the checkpoints of this training. After the process has ended, even by SIGKILL, a training with the same table and
   * options continues from there to the same model. The folder is removed at the end. Default: none.
   */
  readonly checkpoints?: string | URL | undefined;
  /** Folder for event files of TensorBoard, with a subfolder for each run. Default: none. */
  readonly logDir?: string | URL | undefined;
  /** File to which all runs append their logs, like `logFile` of a network's `fit`. Default: none. */
  readonly logFile?: string | URL | undefined;
  /**
   * Ends training early: the current run stops at its next step, no new run begins, and the result is the best model so far.
   */
  readonly stop?: AbortSignal | undefined;
  /**
   * Processes that train together (`distributed()` of `glissade/distributed`). Each calls this with the same table and options,
   * computes its part of every minibatch, and gets the same model. The first one writes files. Default: those of the table if
   * each has a part of it (`table(…, { ranks })`), else this process alone.
   */
  readonly ranks?: Ranks | undefined;
  /**
   * Whether to look for reasons why the scores may be too good for new rows: repeated values, equal rows, an order in time, a
   * column that all but is the target. It may train on a sample of at most 4,000 rows. Default true.
   */
  readonly warnings?: boolean | undefined;
  /** Called with the current stage and the progress of all trainings, from 0 to 1. */
  readonly onProgress?: ((stage: string, share: number) => void) | undefined;
}

/** The result of {@link train}. */
export interface Trained {
  readonly model: TableModel;
  readonly report: TrainReport;
  /** Predictions for the held-out rows, by models of the chosen kind that were not trained on them. */
  readonly heldOut: { readonly target: Target; readonly predicted: Predicted };
}

const ownChecks = {
  validation: checkSetting.validation,
  checkpoints: checkPath,
  logDir: checkPath,
  logFile: checkPath,
  stop: (_name, stop) => checkSignal(stop),
  ranks: (_name, ranks) => checkRanks(ranks),
  warnings: checkBoolean,
  onProgress: checkFunction<TrainOptions['onProgress'] & {}>,
} satisfies Checks<Omit<TrainOptions, keyof TableTrainingOptions>>;

/**
 * Trains a model that predicts a column of a table from the others. Reports how good it is on rows that it was not trained on,
 * in comparison with a constant and a linear model.
 *
 * @example
 * const { model, report } = await train(await table('people.csv'), { target: 'bought' });
 * @throws TypeError, RangeError for options or a table that don't fit; the signal's reason.
 */
export async function train(table: Table, options: TrainOptions): Promise<Trained> {
  const start = performance.now();
  const { setting, own } = await settingOf('train', table, options, ownChecks);
  const { table: known, rows, target, task, seed } = setting;
  const { validation, stop, onProgress, checkpoints, logDir, logFile, ranks = ranksOf(table) } = own;
  const isFirst = !ranks || ranks.rank === 0;
  const isSmall = isCrossValidated(setting, validation);
  if (checkpoints !== undefined && isFirst) await openFolder(checkpoints, { ...identityOf(setting), validation });

  const divisions = await divisionsOf(setting, validation);
  const fits = divisions.length * 2 + (isSmall ? membersFor(rows) : 0);
  let fitted = 0;
  /** The context of a fit. Its name is also that of its folders. */
  const contextOf = (name: string, stage: string, place: number): FitContext => ({
    ...setting.context,
    stop,
    ranks,
    logFile,
    logDir: logDir && path.join(logDir, name),
    checkpoint: checkpoints === undefined ? undefined : { folder: path.join(checkpoints, name), everySeconds: 10 },
    onEpoch: (epoch, epochs) => onProgress?.(stage, Math.min(1, (fitted + place + epoch / epochs) / fits)),
  });
  const assessments: Assessment[] = [];
  // Ranks notice a stop at different times, but must begin the same fits.
  const isStopped = async () =>
    ranks ? (await ranks.gather(stop?.aborted === true)).includes(true) : stop?.aborted === true;
  for (const [i, parts] of divisions.entries()) {
    if (assessments.length > 0 && (await isStopped())) break;
    assessments.push(
      await assess(setting, parts, (kind) =>
        contextOf(`${kind}-${i + 1}`, `${kind} model`, kind === 'network' ? 1 : 0),
      ),
    );
    fitted += 2;
  }
  const [first] = assessments as [Assessment, ...Assessment[]];
  const described = first.target;
  const predicted = eachOf(joinedPredictions(assessments.map((one) => one.predicted)), (_, one) =>
    sampledInTime(one, setting.division),
  );
  const baseline = bestBaseline(described, predicted);
  const gain = advantageOf(described, predicted.network, predicted[baseline]!);
  const isBetter = advantageOf(described, predicted.network, predicted.linear).low > 0;
  const chosen = setting.network.hidden.length > 0 && isBetter ? 'network' : 'linear';
  const stopped = await isStopped();
  const isRefitted = isSmall && !stopped;
  const final: FittedWithPipeline = isRefitted
    ? await refit(setting, chosen, assessments, (i) => contextOf(`final-${i + 1}`, 'final model', i))
    : first.fits[chosen];
  const trainedOn = isRefitted ? known : known.select(divisions[0]!.training);
  const distributions = await distributionsOf(final.pipeline, trainedOn, predicted[chosen].predictions);
  const { optimizer, batchSize } = recipeFor(setting, chosen, final.pipeline);
  const isInspected = own.warnings !== false && !stopped;
  if (isInspected) onProgress?.('warnings', 1);
  const warnings = isInspected
    ? await warningsFor({
        table: await sampleOverAll(known, mostInspected),
        target: described,
        read: final.pipeline.columns,
        options: optionsOf(options, chosen),
      })
    : [];
  const report: TrainReport = {
    target,
    task,
    rows,
    withoutTarget: (await rowsOverAll(table)) - rows - setting.repeated,
    ...(setting.repeated > 0 && { repeated: setting.repeated }),
    kinds: Object.fromEntries(await kindsOverAll(known)),
    leftOut: known.columns.filter((name) => name !== target && !final.pipeline.columns.includes(name)),
    heldOut: isSmall ? 'cross-validated' : 'held out',
    ...givenOf(setting.objective),
    ...givenOf(setting.division),
    warnings,
    stopped: stopped || (await isStopped()),
    scores: scoresOfAll(described, predicted),
    ...scoresOfEachClass(described, predicted[chosen]),
    baseline,
    gain,
    worth: gain.low > 0,
    chosen,
    advantages: advantagesOf(described, predicted, chosen),
    importance: await importanceOf(
      assessments.map(({ held, fits: ofPart }) => ({ held, fit: ofPart[chosen] })),
      seed,
      ranks,
    ),
    parameters: final.model.parameters.length,
    epochs: final.epochs,
    rule: optimizer.name,
    learningRate: Number(optimizer.learningRate),
    weightDecay: Number(optimizer.weightDecay ?? 0),
    batchSize,
    hidden: setting.network.hidden,
    seed,
    examplesPerSecond: final.examplesPerSecond,
    seconds: (performance.now() - start) / 1000,
    history: final.history,
  };
  onProgress?.('done', 1);
  if (checkpoints !== undefined && !report.stopped && isFirst) await removeFolder(checkpoints);
  const heldOut = { target: described, predicted: predicted[chosen] };
  return { model: new TableModel(final.model, final.pipeline, { report, distributions }), report, heldOut };
}

/** The scores of the models and of the baselines, each on the rows that it predicts. */
const scoresOfAll = (target: Target, predictions: Predictions): TrainReport['scores'] =>
  Object.fromEntries(
    Object.entries(predictions).map(([name, one]) => [name, scoresOf(target, predictedRows(target, one))]),
  ) as unknown as TrainReport['scores'];

/** If each rank has a part of the rows: the most rows in which reasons for warnings are looked for. */
const mostInspected = 5000;

/** The options with which the chosen candidate is trained again. Those of the network don't apply to a linear model. */
const optionsOf = (options: TrainOptions, chosen: CandidateKind): TableTrainingOptions => {
  const isOwn = (name: string) => Object.hasOwn(ownChecks, name);
  const common = Object.fromEntries(Object.entries(options).filter(([name]) => !isOwn(name))) as typeof options;
  if (chosen === 'network' || options.hidden?.length === 0) return common;
  return {
    ...common,
    hidden: [],
    rule: undefined,
    learningRate: undefined,
    weightDecay: undefined,
    batchSize: undefined,
  };
};

/** The options that are given. */
const givenOf = <Options extends object>(options: Options): Partial<{ [Name in keyof Options]: Options[Name] & {} }> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;

/** Trains the chosen candidate on all rows, for the mean number of epochs of the divisions. */
async function refit(
  setting: Setting,
  kind: CandidateKind,
  assessments: readonly Assessment[],
  contextOf: (member: number) => FitContext,
): Promise<FittedWithPipeline> {
  const { table } = setting;
  const pipeline = await setting.pipelines[kind].fit(table, fitOptionsOf(setting));
  using data = pipeline.dataset(table);
  const taken = assessments.map(({ fits }) => fits[kind].epochs);
  const epochs = Math.max(1, Math.round(taken.reduce((sum, one) => sum + one, 0) / taken.length));
  const networks: Network[] = [];
  let last: FittedCandidate | undefined;
  for (let i = 0; i < (kind === 'network' ? membersFor(table.rows) : 1); ++i) {
    const recipe = { ...recipeFor(setting, kind, pipeline, setting.seed + i), epochs };
    last = await fitCandidate(recipe, data, undefined, contextOf(i));
    networks.push(last.model);
  }
  return { ...last!, pipeline, model: ensembleOf(networks, pipeline), epochs };
}
