import { checkArray } from '../../checks/lists.js';
import { checkFunction, checkOneOf, checkOptions, orDefault } from '../../checks/options.js';
import { checkInteger, checkNumber, openInterval, positive } from '../../checks/ranges.js';
import { invalid, quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import type { Network } from '../../training/network.js';
import { checkSignal } from '../../training/run_options.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { Pipeline } from '../pipeline/pipeline.js';
import { columnOf, kindsOf, Table } from '../table.js';
import { TableModel } from '../table_model.js';
import { fitTarget, rowsWithTarget, type Target, type Task, targetsOf, taskOf } from '../target.js';
import { type Assessment, assess, joined } from './assess.js';
import { defaultPipelines } from './default_pipeline.js';
import { ensembleOf } from './ensemble.js';
import { type FittedCandidate, fitCandidate } from './fit_candidate.js';
import { foldsOf, heldOutParts, partsOf } from './folds.js';
import { importanceOf } from './importance.js';
import type { CandidateKind, EpochLosses, TrainReport } from './report.js';
import { lossesOf, meanOf, type Predicted, scoresOf } from './scores.js';
import { membersFor, recipeFor, type Setting, smallRows } from './setting.js';

export interface TrainOptions {
  /** The column to predict. */
  readonly target: string;
  /**
   * Whether the target is a number or a class. Default: a number, unless the column has words, truth values, or at most
   * ten different whole numbers.
   */
  readonly task?: Task | undefined;
  /** What becomes of the columns. Default: the usual steps for the kind of each, without identifiers and constants. */
  readonly pipeline?: Pipeline | undefined;
  /** Widths of the hidden layers; none for a linear model. Default `[64, 32]`. */
  readonly hidden?: readonly number[] | undefined;
  /** Default: 0.005 for the network (0.003 below 2,000 rows), 0.01 for the linear model. */
  readonly learningRate?: number | undefined;
  /** Rows per minibatch. Default: 32 below 2,000 rows, 128 below 50,000, else 1024. */
  readonly batchSize?: number | undefined;
  /** Most passes over the rows. Training ends before, when the loss on rows set aside no longer improves. Default 500. */
  readonly epochs?: number | undefined;
  /**
   * Fraction of the rows that is held out for the scores. Default: 0.1 of 50,000 rows or more. Each row of a smaller table
   * is held out once, by models that are trained on the others, and the final model is trained on all.
   */
  readonly validation?: number | undefined;
  /** Seconds that each training may take. Default: no limit. */
  readonly maxSeconds?: number | undefined;
  /** Seed of the division of rows, of initial weights and of orders. Default 0. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Ends training early: the run under way stops at its next step, no further one begins, and the model is the best so
   * far.
   */
  readonly stop?: AbortSignal | undefined;
  /** Hears what is being done, and how far all of it is, from 0 to 1. */
  readonly onProgress?: ((stage: string, share: number) => void) | undefined;
}

/** What {@link train} gives. */
export interface Trained {
  readonly model: TableModel;
  readonly report: TrainReport;
  /** What models of the chosen kind predict for the rows that they have not seen. */
  readonly heldOut: { readonly target: Target; readonly predicted: Predicted };
}

const optionNames = [
  'target',
  'task',
  'pipeline',
  'hidden',
  'learningRate',
  'batchSize',
  'epochs',
  'validation',
  'maxSeconds',
  'seed',
  'signal',
  'stop',
  'onProgress',
] as const;

/**
 * Trains a model that predicts a column of a table from the others, and says how good it is on rows that it has not
 * seen, beside a constant and a linear model.
 *
 * @example
 * const { model, report } = await train(await table('people.csv'), { target: 'bought' });
 * @throws TypeError, RangeError for options or a table that don't fit; the signal's reason.
 */
export async function train(table: Table, options: TrainOptions): Promise<Trained> {
  const start = performance.now();
  const { setting, validation, onProgress } = settingOf(table, options);
  const { table: known, target, task, seed } = setting;
  const kinds = kindsOf(known);
  const isSmall = validation === undefined && known.rows < smallRows;
  const classes = task === 'classification' ? classesOf(setting) : undefined;
  const divisions = isSmall
    ? partsOf(foldsOf(known.rows, known.rows < 1000 ? 8 : 5, seed, classes))
    : [heldOutParts(known.rows, orDefault(validation, 0.1), seed, classes)];

  const fits = divisions.length * 2 + (isSmall ? membersFor(known.rows) : 0);
  let fitted = 0;
  const onFit = (stage: string, share: number) => onProgress?.(stage, Math.min(1, (fitted + share) / fits));
  const assessments: Assessment[] = [];
  const isStopped = () => setting.context.stop?.aborted === true;
  for (const parts of divisions) {
    if (isStopped() && assessments.length > 0) break;
    assessments.push(
      await assess(setting, parts, (kind, share) => onFit(`${kind} model`, share + (kind === 'network' ? 1 : 0))),
    );
    fitted += 2;
  }
  const [first] = assessments as [Assessment, ...Assessment[]];
  const predicted = {
    constant: joined(assessments.map((one) => one.predicted.constant)),
    linear: joined(assessments.map((one) => one.predicted.linear)),
    network: joined(assessments.map((one) => one.predicted.network)),
  };
  const described = first.target;
  const networkLosses = lossesOf(described, predicted.network);
  const gain = meanOf(lossesOf(described, predicted.linear).map((loss, row) => loss - networkLosses[row]!));
  const chosen = setting.hidden.length > 0 && gain.value > 0 ? 'network' : 'linear';
  const final: Final =
    isSmall && !isStopped()
      ? await refit(setting, chosen, assessments, (share) => onFit('final model', share))
      : first.fits[chosen];
  const { learningRate, batchSize } = recipeFor(setting, chosen, final.pipeline);
  const report: TrainReport = {
    target,
    task,
    rows: known.rows,
    withoutTarget: table.rows - known.rows,
    kinds: Object.fromEntries(kinds),
    leftOut: known.columns.filter((name) => name !== target && !final.pipeline.columns.includes(name)),
    heldOut: isSmall ? 'cross-validated' : 'held out',
    stopped: isStopped(),
    scores: {
      constant: scoresOf(described, predicted.constant),
      linear: scoresOf(described, predicted.linear),
      network: scoresOf(described, predicted.network),
    },
    gain,
    worth: gain.low > 0,
    chosen,
    importance: importanceOf(
      assessments.map(({ held, fits: ofPart }) => ({ held, fit: ofPart[chosen] })),
      seed,
    ),
    parameters: final.model.parameters.length,
    epochs: final.epochs,
    learningRate,
    batchSize,
    hidden: setting.hidden,
    seed,
    examplesPerSecond: final.examplesPerSecond,
    seconds: (performance.now() - start) / 1000,
    history: final.history,
  };
  onProgress?.('done', 1);
  const heldOut = { target: described, predicted: predicted[chosen] };
  return { model: new TableModel(final.model, final.pipeline, { report }), report, heldOut };
}

/** The place of each row's class. */
export function classesOf({ table, target, task }: Setting): Float64Array {
  const column = columnOf(table, target);
  return targetsOf(fitTarget(target, column, task), column);
}

/** The model that is kept. */
interface Final {
  readonly pipeline: FittedPipeline;
  readonly model: Network;
  readonly epochs: number;
  readonly examplesPerSecond: number;
  readonly history: readonly EpochLosses[];
}

/** Trains the chosen candidate on all rows, for as many epochs as the divisions have taken on average. */
async function refit(
  setting: Setting,
  kind: CandidateKind,
  assessments: readonly Assessment[],
  onShare: (share: number) => void,
): Promise<Final> {
  const { table, target, task, classes, context } = setting;
  const pipeline = await setting.pipelines[kind].fit(table, { target, task, classes });
  using data = pipeline.dataset(table);
  const taken = assessments.map(({ fits }) => fits[kind].epochs);
  const epochs = Math.max(1, Math.round(taken.reduce((sum, one) => sum + one, 0) / taken.length));
  const networks: Network[] = [];
  let last: FittedCandidate | undefined;
  for (let i = 0; i < (kind === 'network' ? membersFor(table.rows) : 1); ++i) {
    const recipe = { ...recipeFor(setting, kind, pipeline, setting.seed + i), epochs };
    const onEpoch = (epoch: number) => onShare(i + epoch / epochs);
    last = await fitCandidate(recipe, data, undefined, { ...context, onEpoch });
    networks.push(last.model);
  }
  return { ...last!, pipeline, model: ensembleOf(networks, pipeline), epochs };
}

/** @throws TypeError, RangeError for options that don't fit the table. */
export function settingOf(table: Table, options: TrainOptions) {
  if (!Table.is(table)) throw invalid('table', 'a table, as table() gives it', table);
  checkOptions('train', options, optionNames);
  const { target, learningRate, batchSize, maxSeconds, validation, onProgress } = options;
  if (typeof target !== 'string') throw invalid('target', 'the name of a column', target);
  const column = columnOf(table, target);
  const rows = rowsWithTarget(column);
  if (rows.length < 10)
    throw errorWith(
      'ERR_SHAPE',
      `${table.name} has ${rows.length} rows with a value of ${quoted(target)}; training needs 10 at least`,
    );
  const known = table.select(rows);
  const task =
    options.task === undefined ? taskOf(column) : checkOneOf('task', options.task, ['regression', 'classification']);
  const described = fitTarget(target, columnOf(known, target), task);
  if (options.pipeline !== undefined && !Pipeline.is(options.pipeline))
    throw invalid('pipeline', 'what pipeline() returns', options.pipeline);
  const setting: Setting = {
    table: known,
    pipelines: options.pipeline
      ? { linear: options.pipeline, network: options.pipeline }
      : defaultPipelines(known, kindsOf(known), target),
    target,
    task,
    classes: described.task === 'classification' ? described.classes : undefined,
    hidden: checkArray('hidden', orDefault(options.hidden, [64, 32]), 'an array of widths', (width, i) =>
      checkInteger(`hidden[${i}]`, width, 1, 65_536),
    ),
    learningRate: learningRate === undefined ? undefined : checkNumber('learningRate', learningRate, positive),
    batchSize: batchSize === undefined ? undefined : checkInteger('batchSize', batchSize, 1),
    epochs: checkInteger('epochs', orDefault(options.epochs, 500), 1),
    seed: checkInteger('seed', orDefault(options.seed, 0), 0),
    context: {
      signal: checkSignal(options.signal),
      stop: checkSignal(options.stop),
      maxSeconds: maxSeconds === undefined ? undefined : checkNumber('maxSeconds', maxSeconds, positive),
    },
  };
  return {
    setting,
    validation: validation === undefined ? undefined : checkNumber('validation', validation, openInterval(0, 1)),
    onProgress: onProgress === undefined ? undefined : checkFunction('onProgress', onProgress),
  };
}
