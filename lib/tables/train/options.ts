import {
  type Check,
  type CheckedOptions,
  type Checks,
  checkedOptions,
  integer,
  numberIn,
  oneOf,
} from '../../checks/checked_options.js';
import { isArray } from '../../checks/kinds.js';
import { checkArray } from '../../checks/lists.js';
import { checkBoolean, checkSignal, refuse } from '../../checks/options.js';
import { checkInteger, nonNegative, openInterval, positive } from '../../checks/ranges.js';
import { invalid, quoted } from '../../checks/shown.js';
import { together } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import { type Activation, checkActivation } from '../../layers/layer.js';
import { checkColumnName } from '../column.js';
import type { ColumnKind } from '../kinds.js';
import { checkObjective, type ObjectiveOptions, objectiveChecks } from '../objective_options.js';
import { checkColumns } from '../pipeline/fitted_steps.js';
import { Pipeline } from '../pipeline/pipeline.js';
import { excludeEachOther } from '../splits.js';
import {
  checkTable,
  columnOf,
  givenKind,
  kindsOf,
  kindsOverAll,
  ranksOf,
  rowsOverAll,
  Table,
  withKinds,
} from '../table.js';
import {
  type Class,
  possibleClasses,
  rowsWithTarget,
  type Target,
  type TargetKnown,
  type Task,
  targetFrom,
  targetKnown,
  taskFrom,
  taskOfObjective,
} from '../target.js';
import { twinsOf } from '../twins.js';
import { weightsOf } from '../weights.js';
import type { WordVectors } from '../word_vectors.js';
import type { SoftmaxKind } from './candidates.js';
import { defaultPipelines, hasBinned, readsTextsOnly, withoutBins } from './default_pipeline.js';
import type { DivisionOptions } from './division_options.js';
import { checkVectors, givenVectors } from './pretrained.js';
import { checkRuleName, ruleOf } from './rules.js';
import type { Setting } from './setting.js';

/** Options of all functions that train on a table. Options of the network don't apply to the linear model beside it. */
export interface TableTrainingOptions extends DivisionOptions, ObjectiveOptions {
  /** The column to predict. */
  readonly target: string;
  /**
   * Whether the target is a number or a class. Default: by the given kind of the column (`number`; `category` or `boolean`).
   * Without a given kind, a class if the column has words, truth values or at most ten different whole numbers.
   */
  readonly task?: Task | undefined;
  /**
   * The pipeline of the columns. The linear model beside a network uses it without bins. Default: the default steps for the kinds
   * of columns, without identifiers and constants.
   */
  readonly pipeline?: Pipeline | undefined;
  /** Columns that the model must not read, such as those that are not known yet when it is used; not with `pipeline`. Default: none. */
  readonly without?: readonly string[] | undefined;
  /**
   * Whether rows count once that are equal in all columns but identifiers. Numbers and dates may differ by a thousandth of the
   * spread of their column. Needs a whole table. Default false.
   */
  readonly distinct?: boolean | undefined;
  /**
   * Widths of the network's hidden layers; none for a linear model. Default `[64, 32]`; `[64]` if only texts are read, whose
   * words have a layer of their own.
   */
  readonly hidden?: readonly number[] | undefined;
  /**
   * The number of members of the network: networks that share the weights of the hidden layers, whose mean is predicted; 1 for a
   * single network. Default: 16 below 2,000 rows, 8 below 50,000, else 1.
   */
  readonly members?: number | undefined;
  /**
   * For many classes: which classes a training step of the network computes. `'full'`: all. `'sampled'`: those of its rows, and a
   * tenth that it draws, at least 256 (`sampledSoftmax`). `'hierarchical'`: decisions along a tree (`hierarchicalSoftmax`), without calibration. With
   * the last two it is a single network. They are quicker to train but less accurate, so the default is `'full'`, whatever the
   * number of classes.
   */
  readonly softmax?: SoftmaxKind | undefined;
  /**
   * The most bins of a column of numbers or dates, at whose edges the network can bend or step (`columns.number`); 0 or 1 for
   * none. Not with `pipeline`. Default 32.
   */
  readonly bins?: number | undefined;
  /** The function of the hidden units. Default `'silu'`. */
  readonly activation?: Activation | undefined;
  /**
   * Vectors with which those of words begin: a text file of fastText (`.vec`) or GloVe, or what `readVectors` returned. The model then
   * has all words of the training rows that have a vector, and the first 20,000 words of the file. Needs a column of texts. Default:
   * vectors begin at random.
   */
  readonly vectors?: string | URL | WordVectors | undefined;
  /** The network's update rule with default options, such as `'adamw'`, `'lion'` or `'momentum'`. Default `'adamw'`. */
  readonly rule?: string | undefined;
  /**
   * The network's learning rate. Default: 0.003 for AdamW (0.01 without hidden layers), 0.1 for momentum, 0.03 for SGD, else the
   * default of the rule.
   */
  readonly learningRate?: number | undefined;
  /**
   * The network's weight decay, if the rule has one. Default: for AdamW with hidden layers 0.1 below 50,000 rows; else that of the
   * rule, 0.01 for AdamW.
   */
  readonly weightDecay?: number | undefined;
  /** Rows per minibatch of the network. Default: 32 below 2,000 rows, 128 below 50,000, else 1024. */
  readonly batchSize?: number | undefined;
  /** The most passes over the rows. Training ends earlier if the loss on rows set aside stops improving. Default 500. */
  readonly epochs?: number | undefined;
  /** The longest time for each training, in seconds. Default: no limit. */
  readonly maxSeconds?: number | undefined;
  /** Seed for the division of rows, initial weights and the order of rows. Default 0. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Checks of the numbers of a training and of a search, which the command line shares. */
export const checkSetting = {
  learningRate: numberIn(positive),
  weightDecay: numberIn(nonNegative),
  batchSize: integer(1),
  members: integer(1, 1024),
  bins: integer(0, 1024),
  epochs: integer(1),
  seed: integer(0),
  maxSeconds: numberIn(positive),
  gap: numberIn(nonNegative),
  validation: numberIn(openInterval(0, 1)),
  trials: integer(1, 100_000),
};

const { validation: _, trials: _trials, ...numbers } = checkSetting;

const checks = {
  ...numbers,
  ...objectiveChecks,
  target: (name, given) => (isArray(given) ? given : checkColumnName(name, given)),
  by: checkColumnName,
  time: checkColumnName,
  stratified: checkColumnName,
  task: oneOf('regression', 'classification'),
  pipeline: checkPipeline,
  without: checkWithout,
  distinct: checkBoolean,
  hidden: checkHidden,
  activation: (_name, activation) => checkActivation(activation),
  vectors: checkVectors,
  softmax: oneOf('full', 'hierarchical', 'sampled'),
  rule: checkRuleName,
  signal: (_name, signal) => checkSignal(signal),
} satisfies Checks<TableTrainingOptions>;

/** The setting of a training, and the other options of the function that trains. */
interface Settled<Own> {
  readonly setting: Setting;
  readonly own: CheckedOptions<Own>;
}

/**
 * Reads the options of a function that trains on a table.
 *
 * @param ownChecks Checks of the options that only this function has.
 * @throws TypeError, RangeError for unknown options, and for options that don't fit the table.
 */
export async function settingOf<Own extends Readonly<Record<string, Check>>>(
  where: string,
  given: Table,
  options: TableTrainingOptions,
  ownChecks: Own,
): Promise<Settled<Own>> {
  const whole = checkTable('table', given);
  const own = checkedOptions<Own>(where, options, { ...checks, ...ownChecks });
  const table = await withReadTime(whole, options.time);
  const checked = own as CheckedOptions<typeof checks>;
  const { rule = 'adamw', learningRate, weightDecay, batchSize, epochs = 500, seed = 0 } = checked;
  const { members, activation, bins, softmax } = checked;
  if (isArray(checked.target))
    throw errorWith('ERR_INVALID_ARGUMENT', `${where}: Expected one target but received several, which train takes`);
  const target = checkColumnName('target', checked.target);
  const { by, time, gap, stratified, weight, loss, quantiles, without = [] } = checked;
  checkObjective(where, checked);
  const division = { by, time, gap, stratified };
  excludeEachOther(where, division, ['by', 'time', 'stratified']);
  refuse([
    [
      without.length > 0 && checked.pipeline !== undefined,
      `${where}: leave out the steps of the pipeline in place of without`,
    ],
    [without.includes(target), `without: ${quoted(target)} is the target`],
    [gap !== undefined && time === undefined, `${where}: gap needs time, the name of a column of dates or numbers`],
    [bins !== undefined && checked.pipeline !== undefined, `${where}: give bins to the steps of the pipeline`],
    ...Object.entries({ members, activation, bins, softmax }).map(([name, value]): [boolean, string] => [
      checked.hidden?.length === 0 && value !== undefined,
      `${where}: ${name} applies to networks with hidden layers, not to a linear model`,
    ]),
    [
      isPartial(softmax) && members !== undefined && members > 1,
      `${where}: softmax: "${softmax}" is of a single network, but there are ${members} members; leave out one of them`,
    ],
    [isPartial(softmax) && loss === 'focal', `${where}: softmax: "${softmax}" is for the log loss, not for "focal"`],
    [by === target, `by: ${quoted(target)} is the target, so no model would be judged on a class that it has seen`],
    [time === target, `time: ${quoted(target)} is the target, whose values would all be later than those learnt from`],
    [weight === target, `weight: ${quoted(target)} is the target; give the column of the weights of rows`],
  ]);
  checkColumns(table, without);
  const ranks = ranksOf(table);
  const column = columnOf(table, target);
  const weights = weightsOf(table, weight);
  const withTarget = rowsWithTarget(column);
  const list = withTarget.filter((row) => weights?.[row] !== 0);
  const least = ranks ? leastOfPart : leastRows;
  if (list.length < least)
    throw errorWith(
      'ERR_SHAPE',
      `${table.name} has ${list.length} rows with a value of ${quoted(target)}${weights ? ` and a weight above 0` : ''}; training needs at least ${least}`,
    );
  const all = table.select(list);
  if (checked.distinct === true) checkWhole(where, table);
  const known = checked.distinct === true ? all.select(twinsOf(all, kindsOf(all), [target]).distinct) : all;
  const rows = await rowsOverAll(known);
  const task =
    givenTask(table, target, checked.task ?? taskOfObjective(checked)) ??
    taskFrom(await together(ranks, possibleClasses(column)));
  const ofRanks = await together(ranks, targetKnown(target, columnOf(known, target), task, weightsOf(known, weight)));
  const described = targetFrom(target, ofRanks, undefined, checked);
  const isTrained = [checked.rule, learningRate, weightDecay, batchSize, checked.epochs].some(
    (one) => one !== undefined,
  );
  const classes = described.task === 'classification' ? described.classes : undefined;
  if (isPartial(softmax) && (classes === undefined || classes.length < 3))
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${where}: softmax: "${softmax}" is for at least 3 classes, but the target ${quoted(target)} ${classes ? `has ${classes.length}` : 'is a number'}`,
    );
  ruleOf(rule, 1, weightDecay); // refuses a decay that the rule does not have
  const { pipeline } = checked;
  const pipelines = pipeline
    ? { linear: checked.hidden?.length === 0 ? pipeline : withoutBins(pipeline), network: pipeline }
    : await defaultPipelines(
        known,
        rows,
        [target, by, weight, ...without].filter((name) => name !== undefined),
        { time, bins },
      );
  if ((bins ?? 0) > 1 && !hasBinned(pipelines.network))
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${where}: bins is for columns of numbers and dates, of which none is read`,
    );
  const hidden = checked.hidden ?? (readsTextsOnly(pipelines.network) ? [64] : [64, 32]);
  const setting: Setting = {
    table: known,
    rows,
    weightless: weights
      ? (await together(ranks, withTarget.length - list.length)).reduce((sum, each) => sum + each)
      : 0,
    repeated: all.rows - known.rows,
    pipelines,
    target,
    task,
    classes,
    ...(isPartial(softmax) && { frequencies: frequenciesOf(classes!, ofRanks) }),
    objective: { loss, quantiles, weight, classWeights: givenWeights(described) },
    division,
    network: { hidden, rule, learningRate, weightDecay, batchSize, members, activation, softmax },
    vectors: await givenVectors(where, checked.vectors, known, { pipelines, network: { hidden } }),
    linearBy: hidden.length === 0 && isTrained ? 'minibatches' : 'exact solution',
    epochs,
    seed,
    context: { signal: checked.signal, maxSeconds: checked.maxSeconds },
  };
  return { setting, own };
}

export const isPartial = (softmax: SoftmaxKind | undefined): boolean =>
  softmax === 'hierarchical' || softmax === 'sampled';

/** The number of rows of each class, or the sum of their weights, from summaries of the parts of the rows. */
const frequenciesOf = (classes: readonly Class[], parts: readonly TargetKnown[]): number[] =>
  classes.map((one) => parts.reduce((sum, part) => sum + (('classes' in part && part.classes.get(one)) || 0), 0));

/** The table in which a column of times is no identifier: numbers of rows are times if a person says so. */
export async function withReadTime(table: Table, time: string | undefined): Promise<Table> {
  if (time === undefined || givenKind(table, time) !== undefined) return table;
  const isNumbered = table.columns.includes(time) && table.typeOf(time) === 'number';
  if (!isNumbered || (await kindsOverAll(table)).get(time) !== 'identifier') return table;
  return withKinds(table, new Map([[time, 'number']]));
}

/** The weights of classes by their names. */
const givenWeights = (target: Target): Record<string, number> | undefined =>
  target.task === 'regression' || !target.weights
    ? undefined
    : Object.fromEntries(target.classes.map((one, place) => [String(one), target.weights![place]!]));

function checkWithout(name: string, names: readonly string[]): readonly string[] {
  return checkArray(name, names, 'an array of names of columns', (one, i) => checkColumnName(`${name}[${i}]`, one));
}

function checkPipeline(name: string, given: unknown): Pipeline {
  if (Pipeline.is(given)) return given;
  throw invalid(name, 'a pipeline that pipeline() returned', given);
}

/** The task for a target of a given kind. */
const taskOfKind: Partial<Record<ColumnKind, Task>> = {
  number: 'regression',
  category: 'classification',
  boolean: 'classification',
};

/**
 * The task that `task` or the given kind of the target determines; undefined if neither is given.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a kind that no target has, and if the two contradict each other.
 */
function givenTask(table: Table, target: string, task: Task | undefined): Task | undefined {
  const kind = givenKind(table, target);
  if (kind === undefined) return task;
  const ofKind = taskOfKind[kind];
  refuse([
    [
      ofKind === undefined,
      `kinds: the target ${quoted(target)} can't be of the kind ${kind}; number makes it a regression, category and boolean a classification`,
    ],
    [
      task !== undefined && task !== ofKind,
      `the task is ${task}, but the kind ${kind} of the target ${quoted(target)} makes it a ${ofKind}; leave one of them out`,
    ],
  ]);
  return ofKind;
}

/** The fewest rows with a target for training: in a table, and in the part of each rank. */
const [leastRows, leastOfPart] = [10, 100];

/** @throws TypeError for a table of which each rank has a part. */
export function checkWhole(where: string, table: Table): void {
  if (Table.is(table) && ranksOf(table))
    throw errorWith('ERR_INVALID_ARGUMENT', `${where} needs a whole table, but ${table.name} is one rank's part`);
}

export function checkHidden(name: string, widths: readonly number[]): readonly number[] {
  return checkArray(name, widths, 'an array of widths', (width, i) => checkInteger(`${name}[${i}]`, width, 1, 65_536));
}
