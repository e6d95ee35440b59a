import { type Checks, checkedOptions, oneOf } from '../../checks/checked_options.js';
import { checkInternal, internal } from '../../checks/internal.js';
import { isArray, isPlainObject } from '../../checks/kinds.js';
import { checkArray } from '../../checks/lists.js';

import { invalid, quoted } from '../../checks/shown.js';
import { together } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import { checkColumnName } from '../column.js';
import { checkObjective, type ObjectiveOptions, objectiveChecks } from '../objective_options.js';
import { ofSource } from '../source_errors.js';
import { checkTable, chunksOf, columnOf, ranksOf, rowNumberOf, type Table } from '../table.js';
import {
  type Class,
  checkClasses,
  possibleClasses,
  rowsWithTarget,
  type Target,
  type Task,
  targetFrom,
  targetKnown,
  taskFrom,
  taskOfObjective,
} from '../target.js';
import { weightsOf } from '../weights.js';
import type { WordVectors } from '../word_vectors.js';
import { Encoder } from './encoder.js';
import { FittedPipeline } from './fitted_pipeline.js';
import { checkColumns, columnsOf, fitted, placesOf, type Steps } from './fitted_steps.js';
import { withSplitBins } from './split_bins.js';
import { checkStep } from './step.js';

export interface FitPipelineOptions extends ObjectiveOptions {
  /** The column to predict, or several. `task`, `classes`, `loss`, `quantiles` and `classWeights` are options of one. */
  readonly target: string | readonly string[];
  /** Whether it is a number or a class. Default: inferred as in `train`. */
  readonly task?: Task | undefined;
  /** The classes in the order of a model's outputs. Default: those that occur, sorted. */
  readonly classes?: readonly Class[] | undefined;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless it is the name of a column, or several different ones. */
export function checkTargets(name: string, given: unknown): readonly string[] {
  if (!isArray(given)) return [checkColumnName(name, given)];
  const names = checkArray(name, given, 'names of columns', (one, i) => checkColumnName(`${name}[${i}]`, one));
  if (names.length === 0) throw errorWith('ERR_SHAPE', `${name} is empty`);
  const twice = names.find((one, i) => names.indexOf(one) < i);
  if (twice !== undefined) throw errorWith('ERR_INVALID_ARGUMENT', `${name} has ${quoted(twice)} twice`);
  return names;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for options of one target. */
export function refuseOfSeveral(where: string, options: object): void {
  const given = ofOneTarget.find((name) => (options as Record<string, unknown>)[name] !== undefined);
  if (given !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${where}: ${given} is an option of one target, but there are several; ${wayOut(given)}`,
    );
}

const wayOut = (option: string): string =>
  option === 'threshold' || option === 'costs'
    ? `give ${option} to predict of a target's model, model.for(…)`
    : 'make a model for each target';

const ofOneTarget = [
  'task',
  'classes',
  'loss',
  'quantiles',
  'classWeights',
  'threshold',
  'costs',
  'calibration',
  'softmax',
  'ranks',
  'checkpoints',
];

/** The rows that have a value of a column. */
const knownRows = (table: Table, name: string): Table => {
  checkColumns(table, [name]);
  return table.select(rowsWithTarget(columnOf(table, name)));
};

const fitChecks = {
  target: checkTargets,
  task: oneOf('regression', 'classification'),
  classes: (_name, classes) => classes,
  ...objectiveChecks,
} satisfies Checks<FitPipelineOptions>;

/** What a pipeline is fitted for, if it is one target. */
export type FitOptionsOfOne = Omit<FitPipelineOptions, 'target'> & { readonly target: string };

/** Which columns of a table become inputs of a network, and how. */
export class Pipeline {
  /** Plain data, which {@link pipeline} accepts. */
  readonly steps: Steps;
  readonly #isPipeline = true;

  /** @internal */
  constructor(key: typeof internal, steps: Steps) {
    checkInternal(key, 'Pipeline: use pipeline()');
    this.steps = steps;
  }

  /**
   * Finds means, dictionaries, quantiles and whatever else the steps need. Give it only the training rows, so that scores on
   * other rows are honest. Steps that have nothing to learn from, such as those of constant columns, are left out. If each rank
   * has a part of the table, all ranks call this together and get the same pipeline.
   *
   * @throws TypeError, GlissadeError that name row and column of a refused value.
   */
  async fit(table: Table, options: FitPipelineOptions): Promise<FittedPipeline> {
    const { target, ...checked } = checkedOptions('fit', options, fitChecks);
    checkObjective('fit', checked);
    checkTable('table', table);
    if (target === undefined) throw invalid('target', 'the name of a column', target);
    if (target.length > 1) refuseOfSeveral('fit', checked);
    return this.fitEach(
      table,
      target.map((name) => ({ ...checked, target: name })),
    );
  }

  /**
   * Fits the pipeline for one or several targets, each with its own options but one column of weights. Columns of texts keep all words
   * that have one of the vectors.
   *
   * @internal
   */
  async fitEach(table: Table, each: readonly FitOptionsOfOne[], vectors?: WordVectors): Promise<FittedPipeline> {
    const described: Target[] = [];
    for (const { target, ...options } of each)
      described.push(await this.#describe(each.length > 1 ? knownRows(table, target) : table, target, options));
    const found = await fitted(this.steps, table, vectors);
    if (found.length === 0) throw nothingToLearn(table, each.map(({ target }) => target).join(', '));
    const steps = await withSplitBins(found, table, described);
    const types = new Map(table.fields.map(({ name, type }) => [name, type]));
    const forms = new Map(table.fields.flatMap(({ name, form }) => (form ? [[name, form]] : [])));
    const encoder = new Encoder(steps, types, forms);
    const means = await meansOf(encoder, table);
    return new FittedPipeline(internal, encoder, described, { types, forms, means, weight: each[0]!.weight });
  }

  /** Describes a target by rows of which none lacks it. */
  async #describe(table: Table, target: string, options: Omit<FitOptionsOfOne, 'target'>): Promise<Target> {
    const { weight } = options;
    checkColumns(table, weight === undefined ? [target] : [target, weight]);
    if (Object.entries(this.steps).some(([name, step]) => columnsOf(name, step).includes(target)))
      throw errorWith('ERR_INVALID_ARGUMENT', `the pipeline reads ${quoted(target)}, the column to predict`);
    const column = columnOf(table, target);
    const ranks = ranksOf(table);
    const task = options.task ?? taskOfObjective(options) ?? taskFrom(await together(ranks, possibleClasses(column)));
    const classes = checkClasses(options.classes, task);
    const known = await together(ranks, targetKnown(target, column, task, weightsOf(table, weight)));
    return targetFrom(target, known, classes, options);
  }

  /** Whether a value is a pipeline of this module. */
  static is(value: unknown): value is Pipeline {
    return value !== null && typeof value === 'object' && #isPipeline in value;
  }

  toJSON(): Steps {
    return this.steps;
  }
}

/** The most rows over which the means of inputs are taken. */
const mostMeanRows = 10_000;

/** The means of the block `numbers` over training rows at equal distances, of all ranks. */
async function meansOf(encoder: Encoder, table: Table): Promise<number[]> {
  const ranks = ranksOf(table);
  const distance = Math.ceil((table.rows * (ranks?.size ?? 1)) / mostMeanRows);
  const some =
    distance === 1
      ? table
      : table.select(Uint32Array.from({ length: Math.ceil(table.rows / distance) }, (_, i) => i * distance));
  const places = placesOf(table.fields);
  const all: Float64Array[] = [];
  let before = 0;
  for (const chunk of chunksOf(some)) {
    const begin = before;
    all.push(ofSource(table, () => encoder.sumsOf(chunk, places, (row) => rowNumberOf(some, begin + row))));
    before += chunk.rows;
  }
  const parts = await together(ranks, { rows: some.rows, sums: total(all) });
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return Array.from(total(parts.map(({ sums }) => sums)), (sum) => sum / rows);
}

const total = ([first, ...others]: readonly Float64Array[]): Float64Array =>
  first!.map((sum, i) => others.reduce((all, other) => all + other[i]!, sum));

export const nothingToLearn = ({ name }: Table, target: string): Error =>
  errorWith('ERR_INVALID_ARGUMENT', `${name}: no column but ${quoted(target)} has anything to learn from`);

/**
 * Describes how the columns of a table become inputs of a network. Other columns are not used.
 *
 * @example
 * pipeline({ age: columns.number({ missing: 'median' }), city: columns.category(), joined: columns.date() });
 * @throws TypeError, RangeError for steps that don't fit.
 */
export function pipeline(steps: Steps): Pipeline {
  if (!isPlainObject(steps))
    throw invalid('the steps of pipeline', 'an object of steps by the names of columns', steps);
  const checked = Object.entries(steps).map(([name, step]) => [name, checkStep(`the step of ${quoted(name)}`, step)]);
  if (checked.length === 0) throw errorWith('ERR_SHAPE', 'pipeline has no steps');
  return new Pipeline(internal, Object.freeze(Object.fromEntries(checked)));
}
