import { checkInternal, internal } from '../../checks/internal.js';
import { isArray, isPlainObject } from '../../checks/kinds.js';
import { checkOneOf } from '../../checks/options.js';
import { quoted } from '../../checks/shown.js';
import type { Inputs } from '../../data/blocks.js';
import { Dataset } from '../../data/dataset.js';
import { errorWith, newArray } from '../../errors.js';
import { joint } from '../../losses/joint.js';
import type { LossLike } from '../../losses/loss.js';
import type { BlockShape } from '../../models/inputs.js';
import { type ColumnType, columnTypes } from '../column.js';
import { type DateForm, dateForms } from '../date_form.js';
import type { RowObject } from '../readers/rows.js';
import { numberedFrom, type RowNumber } from '../row_number.js';
import type { Chunk, Field } from '../source.js';
import { ofSource } from '../source_errors.js';
import { checkTable, Table } from '../table.js';
import { checkTarget, type Target, targetsOf } from '../target.js';
import { headOf } from '../targets/heads.js';
import { weightsFrom, weightsOf } from '../weights.js';
import { type EncodedRow, Encoder, type PlaceOfStep } from './encoder.js';
import { checkColumns, type FittedStep, placesOf } from './fitted_steps.js';
import { type RowsLike, wholeOf } from './rows_like.js';

/** What a pipeline keeps of the training table. */
interface FoundInTable {
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly forms: ReadonlyMap<string, DateForm>;
  readonly means: readonly number[] | undefined;
  readonly weight: string | undefined;
}

/** A pipeline that was fitted to training rows. It turns tables into datasets, and rows into inputs of a network. */
export class FittedPipeline {
  /** What is predicted. */
  readonly targets: readonly Target[];
  /** The types of the targets and of the columns that are read, as they were in training. */
  readonly types: Readonly<Record<string, ColumnType>>;
  /** The column of the weights of rows, if there is one. */
  readonly weight: string | undefined;
  /** How dates are written in columns of texts other than ISO 8601, shown by 25 June 1998. */
  readonly forms: Readonly<Record<string, DateForm>>;
  /** The means of the block `numbers` over the training rows; undefined for files that lack them. @internal */
  readonly means: readonly number[] | undefined;
  readonly #encoder: Encoder;
  readonly #found: FoundInTable;

  /** @internal */
  constructor(key: typeof internal, encoder: Encoder, targets: readonly Target[], found: FoundInTable) {
    checkInternal(key, 'FittedPipeline: use fit of a pipeline');
    this.#encoder = encoder;
    this.targets = Object.freeze([...targets]);
    this.weight = found.weight;
    const { types, forms, means } = found;
    this.#found = found;
    const names = [...encoder.columns, ...targets.map(({ column }) => column)];
    const ofNames = <T>(all: ReadonlyMap<string, T>): Readonly<Record<string, T>> =>
      Object.freeze(Object.fromEntries(names.flatMap((name) => (all.has(name) ? [[name, all.get(name)!]] : []))));
    this.types = ofNames(types);
    this.forms = ofNames(forms);
    this.means = means;
  }

  /**
   * What is predicted, if it is one column.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` if there are several.
   */
  get target(): Target {
    const [target, ...others] = this.targets as [Target, ...Target[]];
    if (others.length === 0) return target;
    const names = this.targets.map(({ column }) => column);
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `the model predicts ${names.join(', ')}; choose one of them, as model.for(${JSON.stringify(names[0])})`,
    );
  }

  /** The same for one of several targets. @internal */
  forTarget(target: Target): FittedPipeline {
    return new FittedPipeline(internal, this.#encoder, [target], this.#found);
  }

  /** Names of the columns that are read. */
  get columns(): readonly string[] {
    return this.#encoder.columns;
  }

  /** The steps, each with what it found in the training rows. */
  get steps(): readonly FittedStep[] {
    return this.#encoder.steps;
  }

  /** Inputs for a network: a number of columns, or the blocks `numbers`, `codes` (categories) and `words` (sparse). */
  get inputs(): number | Readonly<Record<string, BlockShape>> {
    return this.#encoder.inputs;
  }

  /** Outputs for a network: 1 for numbers and for two classes, else the number of quantiles or of classes. */
  get outputs(): number {
    return this.targets.reduce((sum, target) => sum + headOf(target).outputs, 0);
  }

  /**
   * The loss for the target: by default `'squared'`, `'logistic'` for two classes, `'crossEntropy'` for more; else that of the options
   * `loss` or `quantiles`. Of several targets, it is the mean of theirs.
   */
  get loss(): LossLike {
    const heads = this.targets.map(headOf);
    return heads.length === 1
      ? heads[0]!.loss
      : joint({ heads: heads.map(({ loss, outputs }) => ({ loss, outputs })) });
  }

  /**
   * The rows of a table as inputs, targets and weights, in native memory. The weight of a row is that of the column of weights,
   * times that of its class.
   *
   * @throws TypeError, GlissadeError that name row and column of a refused value or a missing target.
   */
  dataset(table: Table): Dataset {
    const { weight } = this;
    checkColumns(checkTable('table', table), [
      ...this.columns,
      ...this.targets.map(({ column }) => column),
      ...(weight === undefined ? [] : [weight]),
    ]);
    const { chunk, numberOf } = wholeOf(
      this.targets.map(({ column }) => column),
      table,
    );
    const columns = ofSource(table, () =>
      this.targets.map((target, i) => targetsOf(target, chunk.columns[i]!, numberOf)),
    );
    const targets = columns.length === 1 ? columns[0]! : rowsOfColumns(columns);
    const shape = typeof this.inputs === 'number' ? { columns: this.inputs } : {};
    const weights = ofSource(table, () => this.#combined(weightsOf(table, weight), targets));
    return new Dataset({
      inputs: this.encode(table),
      targets,
      targetColumns: columns.length,
      weights,
      ...shape,
    });
  }

  /** The column of weights in rows; 1 where they lack it. */
  #givenWeights(rows: RowObject | RowsLike, first: number): Float64Array {
    const name = this.weight!;
    const column = wholeOf([name], rows, first).chunk.columns[0]!;
    return weightsFrom(column, name, numberedFrom(first), 1);
  }

  /** Weights of rows times those of their classes; undefined if all are 1. */
  #combined(weights: Float64Array | undefined, targets: Float64Array): Float64Array | undefined {
    const [target] = this.targets as [Target, ...Target[]]; // several have no weights of classes
    const ofClasses = target.task === 'classification' ? target.weights : undefined;
    return ofClasses ? targets.map((place, row) => (weights ? weights[row]! : 1) * (ofClasses[place] ?? 1)) : weights;
  }

  /** Inputs for `predict` of a network. Values of columns that the rows lack count as missing. */
  encode(rows: RowObject | RowsLike): Inputs {
    return this.encodeFrom(rows, 1);
  }

  /** Inputs of rows whose first has the number `first` in messages. @internal */
  encodeFrom(rows: RowObject | RowsLike, first: number): Inputs {
    const { fields, chunk, numberOf } = wholeOf(this.columns, rows, first);
    const encode = () => this.encodeChunk(fields, chunk, numberOf);
    return Table.is(rows) ? ofSource(rows, encode) : encode();
  }

  /** Inputs of a chunk of a source that has all columns. @internal */
  encodeChunk(fields: readonly Field[], chunk: Chunk, numberOf: RowNumber): Inputs {
    return this.#encoder.encode(chunk, placesOf(fields), numberOf);
  }

  /**
   * Inputs and targets of rows.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` that names the row of a target that is missing or not one of the classes;
   *   GlissadeError `ERR_NON_FINITE` for one that is not finite.
   * @internal
   */
  minibatch(
    rows: RowObject | RowsLike,
    first: number,
  ): { inputs: Inputs; targets: Float64Array; weights?: Float64Array } {
    const name = this.target.column;
    const targets = targetsOf(this.target, wholeOf([name], rows, first).chunk.columns[0]!, numberedFrom(first));
    const bad = targets.findIndex((target) => !Number.isFinite(target));
    if (bad >= 0) {
      const place = `row ${first + bad}, column ${quoted(name)}`;
      throw Number.isNaN(targets[bad])
        ? errorWith('ERR_INVALID_ARGUMENT', `${place}: the target is missing`)
        : errorWith('ERR_NON_FINITE', `${place}: the target is not finite`);
    }
    const weights = this.#combined(this.weight === undefined ? undefined : this.#givenWeights(rows, first), targets);
    return { inputs: this.encodeFrom(rows, first), targets, ...(weights ? { weights } : {}) };
  }

  /** For each step, the columns that it reads and where its inputs are. @internal */
  get places(): readonly PlaceOfStep[] {
    return this.#encoder.places;
  }

  /** The inputs of a row, which has the number `number` in messages. @internal */
  encodeRow(row: RowObject, number: number): EncodedRow {
    const { fields, chunk, numberOf } = wholeOf(this.columns, row, number);
    return this.#encoder.encodeRow(chunk, placesOf(fields), numberOf);
  }

  /** Whether a value is a fitted pipeline of this module. */
  static is(value: unknown): value is FittedPipeline {
    return value !== null && typeof value === 'object' && #encoder in value;
  }

  toJSON(): object {
    const { steps, targets, types, forms, weight, means } = this;
    const described = targets.length === 1 ? { target: targets[0] } : { targets };
    return {
      version: 1,
      steps,
      ...described,
      types,
      ...(weight === undefined ? {} : { weight }),
      ...(Object.keys(forms).length > 0 ? { forms } : {}),
      ...(means ? { means } : {}),
    };
  }

  /**
   * The pipeline that `toJSON` wrote.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE` if it is something else.
   */
  static from(json: unknown): FittedPipeline {
    if (!isPlainObject(json)) throw errorWith('ERR_CORRUPT_FILE', 'the pipeline is not an object');
    const {
      version,
      steps,
      target,
      targets = [target],
      types,
      weight,
      forms = {},
      means,
    } = json as Record<string, unknown>;
    if (version !== 1)
      throw errorWith(
        'ERR_CORRUPT_FILE',
        `the pipeline has version ${String(version)}; this version of glissade reads version 1`,
      );
    if (!isPlainObject(types)) throw errorWith('ERR_CORRUPT_FILE', 'the types of the pipeline are not an object');
    if (weight !== undefined && typeof weight !== 'string')
      throw errorWith('ERR_CORRUPT_FILE', 'the weight of the pipeline is not the name of a column');
    if (!isArray(targets) || targets.length === 0) throw errorWith('ERR_CORRUPT_FILE', 'the targets are not a list');
    const checked = new Map(
      Object.entries(types).map(([name, type]) => [name, checkOneOf(`type of ${quoted(name)}`, type, columnTypes)]),
    );
    if (!isPlainObject(forms))
      throw errorWith('ERR_CORRUPT_FILE', 'the forms of dates in the pipeline are not an object');
    const checkedForms = new Map(
      Object.entries(forms).map(([name, form]) => [name, checkOneOf(`form of ${quoted(name)}`, form, dateForms)]),
    );
    const encoder = Encoder.from(steps, checked, checkedForms);
    const found = { types: checked, forms: checkedForms, means: checkMeans(means, encoder), weight };
    return new FittedPipeline(internal, encoder, targets.map(checkTarget), found);
  }
}

/** Columns as rows, one after the other. */
function rowsOfColumns(columns: readonly Float64Array[]): Float64Array {
  const rows = newArray(Float64Array, columns[0]!.length * columns.length);
  for (const [j, column] of columns.entries())
    for (let row = 0; row < column.length; ++row) rows[row * columns.length + j] = column[row]!;
  return rows;
}

/** @throws GlissadeError `ERR_CORRUPT_FILE` unless there is a finite mean for each number, or none at all. */
function checkMeans(means: unknown, { places }: Encoder): readonly number[] | undefined {
  if (means === undefined) return undefined;
  const width = places.reduce((sum, { block, width }) => sum + (block === 'numbers' ? width : 0), 0);
  if (isArray(means) && means.length === width && means.every(Number.isFinite)) return means as number[];
  throw errorWith('ERR_CORRUPT_FILE', `the means of the pipeline are not ${width} finite numbers`);
}
