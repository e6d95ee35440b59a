import { checkArray } from '../../checks/lists.js';
import { checkOneOf, checkOptions, checkSignal, ifGiven, orDefault } from '../../checks/options.js';
import { checkInteger, checkNumber, nonNegative, openInterval, positive } from '../../checks/ranges.js';
import { invalid, quoted } from '../../checks/shown.js';
import { together } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import { checkPath } from '../../formats/files.js';
import type { ColumnKind } from '../kinds.js';
import { Pipeline } from '../pipeline/pipeline.js';
import { columnOf, givenKind, ranksOf, rowsOverAll, Table } from '../table.js';
import { possibleClasses, rowsWithTarget, type Task, targetFrom, targetKnown, taskFrom } from '../target.js';
import { defaultPipelines, withoutBins } from './default_pipeline.js';
import { checkRuleName, ruleOf } from './rules.js';
import type { NetworkSetting, Setting } from './setting.js';

/** Options of everything that trains on a table. Those of the network don't concern the linear model beside it. */
export interface TableTrainingOptions {
  /** The column to predict. */
  readonly target: string;
  /**
   * Whether the target is a number or a class. Default: what the kind says that the table was given for the column
   * (`number`; `category` or `boolean`), else a number, unless the column has words, truth values, or at most ten different
   * whole numbers.
   */
  readonly task?: Task | undefined;
  /**
   * What becomes of the columns. The linear model beside a network has it without bins of numbers. Default: the usual steps
   * for the kind of each, without identifiers and constants.
   */
  readonly pipeline?: Pipeline | undefined;
  /** Widths of the network's hidden layers; none for a linear model. Default `[64, 32]`. */
  readonly hidden?: readonly number[] | undefined;
  /** Name of the network's update rule, as `'adamw'`, `'lion'`, `'momentum'`, with its default options. Default `'adamw'`. */
  readonly rule?: string | undefined;
  /**
   * The network's learning rate. Default: under AdamW 0.005 (0.003 below 2,000 rows, 0.01 without hidden layers), under
   * momentum 0.1, under SGD 0.03, else the rule's own.
   */
  readonly learningRate?: number | undefined;
  /** The network's weight decay, for a rule that has one. Default: the rule's own, 0.01 under AdamW. */
  readonly weightDecay?: number | undefined;
  /** Rows per minibatch of the network. Default: 32 below 2,000 rows, 128 below 50,000, else 1024. */
  readonly batchSize?: number | undefined;
  /** Most passes over the rows. Training ends before, when the loss on rows set aside no longer improves. Default 500. */
  readonly epochs?: number | undefined;
  /** Seconds that each training may take. Default: no limit. */
  readonly maxSeconds?: number | undefined;
  /** Seed of the division of rows, of initial weights and of orders. Default 0. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const names = [
  'target',
  'task',
  'pipeline',
  'hidden',
  'rule',
  'learningRate',
  'weightDecay',
  'batchSize',
  'epochs',
  'maxSeconds',
  'seed',
  'signal',
];

/**
 * Reads the options of a function that trains on a table, whose own are named in `others`.
 *
 * @throws TypeError, RangeError for options that don't fit the table, or that are unknown.
 */
export async function settingOf<Options extends TableTrainingOptions>(
  where: string,
  table: Table,
  given: Options,
  others: readonly (Exclude<keyof Options, keyof TableTrainingOptions> & string)[],
): Promise<Setting> {
  if (!Table.is(table)) throw invalid('table', 'a table, as table() gives it', table);
  checkOptions(where, given, [...names, ...others]);
  const options = { ...given }; // read once: getters may return something else later
  const { target, maxSeconds } = options;
  if (typeof target !== 'string') throw invalid('target', 'the name of a column', target);
  const ranks = ranksOf(table);
  const column = columnOf(table, target);
  const list = rowsWithTarget(column);
  const least = ranks ? leastOfPart : leastRows;
  if (list.length < least)
    throw errorWith(
      'ERR_SHAPE',
      `${table.name} has ${list.length} rows with a value of ${quoted(target)}; training needs ${least} at least`,
    );
  const known = table.select(list);
  const rows = await rowsOverAll(known);
  const task = saidTask(table, target, options.task) ?? taskFrom(await together(ranks, possibleClasses(column)));
  const described = targetFrom(target, await together(ranks, targetKnown(target, columnOf(known, target), task)));
  if (options.pipeline !== undefined && !Pipeline.is(options.pipeline))
    throw invalid('pipeline', 'what pipeline() returns', options.pipeline);
  const network = checkNetworkSetting(options);
  const isLinear = network.hidden.length === 0;
  return {
    table: known,
    rows,
    pipelines: options.pipeline
      ? { linear: isLinear ? options.pipeline : withoutBins(options.pipeline), network: options.pipeline }
      : await defaultPipelines(known, rows, target),
    target,
    task,
    classes: described.task === 'classification' ? described.classes : undefined,
    network,
    epochs: checkSetting.epochs('epochs', orDefault(options.epochs, 500)),
    seed: checkSetting.seed('seed', orDefault(options.seed, 0)),
    context: {
      signal: checkSignal(options.signal),
      maxSeconds: ifGiven(maxSeconds, (seconds) => checkSetting.maxSeconds('maxSeconds', seconds)),
    },
  };
}

/** What a kind that was given to the target makes of it. */
const taskOfKind: Partial<Record<ColumnKind, Task>> = {
  number: 'regression',
  category: 'classification',
  boolean: 'classification',
};

/**
 * The task that `task` says, or the kind that was given to the target; undefined if neither does.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a kind that no target has, and for two that contradict each other.
 */
function saidTask(table: Table, target: string, task: Task | undefined): Task | undefined {
  const said = task === undefined ? undefined : checkOneOf('task', task, ['regression', 'classification']);
  const kind = givenKind(table, target);
  if (kind === undefined) return said;
  const ofKind = taskOfKind[kind];
  if (ofKind === undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `kinds: the target ${quoted(target)} can't be of the kind ${kind}: number makes a regression of it, category and boolean a classification`,
    );
  if (said !== undefined && said !== ofKind)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `the task is ${said}, but the kind ${kind} of the target ${quoted(target)} makes a ${ofKind} of it; leave one out`,
    );
  return ofKind;
}

/** Rows with a target that a training needs: of a table, and of the part of each rank. */
const [leastRows, leastOfPart] = [10, 100];

/** @throws TypeError for a table of which each rank has a part. */
export function checkWhole(where: string, table: Table): void {
  if (Table.is(table) && ranksOf(table))
    throw errorWith('ERR_INVALID_ARGUMENT', `${where} needs a whole table, but ${table.name} is the part of a rank`);
}

/** What the numbers of a training and of a search may be. Each throws a RangeError or TypeError that names the option. */
export const checkSetting = {
  learningRate: (name, value) => checkNumber(name, value, positive),
  weightDecay: (name, value) => checkNumber(name, value, nonNegative),
  batchSize: (name, value) => checkInteger(name, value, 1),
  epochs: (name, value) => checkInteger(name, value, 1),
  seed: (name, value) => checkInteger(name, value, 0),
  maxSeconds: (name, value) => checkNumber(name, value, positive),
  validation: (name, value) => checkNumber(name, value, openInterval(0, 1)),
  trials: (name, value) => checkInteger(name, value, 1, 100_000),
} satisfies Record<string, (name: string, value: number) => number>;

export const checkHidden = (name: string, value: readonly number[]): readonly number[] =>
  checkArray(name, value, 'an array of widths', (width, i) => checkInteger(`${name}[${i}]`, width, 1, 65_536));

function checkNetworkSetting(options: TableTrainingOptions): NetworkSetting {
  const setting = {
    hidden: checkHidden('hidden', orDefault(options.hidden, [64, 32])),
    rule: checkRuleName('rule', orDefault(options.rule, 'adamw')),
    learningRate: ifGiven(options.learningRate, (rate) => checkSetting.learningRate('learningRate', rate)),
    weightDecay: ifGiven(options.weightDecay, (decay) => checkSetting.weightDecay('weightDecay', decay)),
    batchSize: ifGiven(options.batchSize, (rows) => checkSetting.batchSize('batchSize', rows)),
  };
  ruleOf(setting.rule, 1, setting.weightDecay); // refuses a decay that the rule does not have
  return setting;
}

/** @throws TypeError, RangeError unless it is a fraction of the rows. */
export const checkValidation = (value: number | undefined): number | undefined =>
  ifGiven(value, (share) => checkSetting.validation('validation', share));

/** @throws TypeError unless it is a path. */
export const checkPlace = (name: string, value: string | URL | undefined): string | undefined =>
  ifGiven(value, (place) => checkPath(name, place));
