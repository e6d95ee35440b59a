import { checkInternal, internal } from '../../checks/internal.js';
import { isPlainObject } from '../../checks/kinds.js';
import { checkOneOf } from '../../checks/options.js';
import { quoted } from '../../checks/shown.js';
import type { Inputs } from '../../data/blocks.js';
import { Dataset } from '../../data/dataset.js';
import { errorWith } from '../../errors.js';
import type { LossLike } from '../../losses/loss.js';
import type { BlockShape } from '../../models/inputs.js';
import { type ColumnType, columnTypes } from '../column.js';
import type { RowObject } from '../readers/rows.js';
import { numberedFrom, type RowNumber } from '../row_number.js';
import type { Chunk, Field } from '../source.js';
import { ofSource } from '../source_errors.js';
import { checkTable, Table } from '../table.js';
import { checkTarget, type Target, targetsOf } from '../target.js';
import { headOf } from '../targets/heads.js';
import { weightsFrom, weightsOf } from '../weights.js';
import { Encoder } from './encoder.js';
import { checkColumns, type FittedStep, placesOf } from './fitted_steps.js';
import { type RowsLike, wholeOf } from './rows_like.js';

/** A pipeline that was fitted to training rows. It turns tables into datasets, and rows into inputs of a network. */
export class FittedPipeline {
  readonly target: Target;
  /** The types of the target and of the columns that are read, as they were in training. */
  readonly types: Readonly<Record<string, ColumnType>>;
  /** The column of the weights of rows, if there is one. */
  readonly weight: string | undefined;
  readonly #encoder: Encoder;

  /** @internal */
  constructor(
    key: typeof internal,
    encoder: Encoder,
    target: Target,
    types: ReadonlyMap<string, ColumnType>,
    weight: string | undefined,
  ) {
    checkInternal(key, 'FittedPipeline: use fit of a pipeline');
    this.#encoder = encoder;
    this.target = target;
    this.weight = weight;
    const names = [...encoder.columns, target.column];
    this.types = Object.freeze(
      Object.fromEntries(names.flatMap((name) => (types.has(name) ? [[name, types.get(name)!]] : []))),
    );
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
    return headOf(this.target).outputs;
  }

  /**
   * The loss for the target: by default `'squared'`, `'logistic'` for two classes, `'crossEntropy'` for more; else that of the options
   * `loss` or `quantiles`.
   */
  get loss(): LossLike {
    return headOf(this.target).loss;
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
      this.target.column,
      ...(weight === undefined ? [] : [weight]),
    ]);
    const { chunk, numberOf } = wholeOf([this.target.column], table);
    const targets = ofSource(table, () => targetsOf(this.target, chunk.columns[0]!, numberOf));
    const shape = typeof this.inputs === 'number' ? { columns: this.inputs } : {};
    const weights = ofSource(table, () => this.#combined(weightsOf(table, weight), targets));
    return new Dataset({ inputs: this.encode(table), targets, weights, ...shape });
  }

  /** The column of weights in rows; 1 where they lack it. */
  #givenWeights(rows: RowObject | RowsLike, first: number): Float64Array {
    const name = this.weight!;
    const column = wholeOf([name], rows, first).chunk.columns[0]!;
    return weightsFrom(column, name, numberedFrom(first), 1);
  }

  /** Weights of rows times those of their classes; undefined if all are 1. */
  #combined(weights: Float64Array | undefined, targets: Float64Array): Float64Array | undefined {
    const ofClasses = this.target.task === 'classification' ? this.target.weights : undefined;
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

  /** Whether a value is a fitted pipeline of this module. */
  static is(value: unknown): value is FittedPipeline {
    return value !== null && typeof value === 'object' && #encoder in value;
  }

  toJSON(): object {
    const { steps, target, types, weight } = this;
    return { version: 1, steps, target, types, ...(weight === undefined ? {} : { weight }) };
  }

  /**
   * The pipeline that `toJSON` wrote.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE` if it is something else.
   */
  static from(json: unknown): FittedPipeline {
    if (!isPlainObject(json)) throw errorWith('ERR_CORRUPT_FILE', 'the pipeline is not an object');
    const { version, steps, target, types, weight } = json as Record<string, unknown>;
    if (version !== 1)
      throw errorWith(
        'ERR_CORRUPT_FILE',
        `the pipeline has version ${String(version)}; this version of glissade reads version 1`,
      );
    if (!isPlainObject(types)) throw errorWith('ERR_CORRUPT_FILE', 'the types of the pipeline are not an object');
    if (weight !== undefined && typeof weight !== 'string')
      throw errorWith('ERR_CORRUPT_FILE', 'the weight of the pipeline is not the name of a column');
    const checked = new Map(
      Object.entries(types).map(([name, type]) => [name, checkOneOf(`type of ${quoted(name)}`, type, columnTypes)]),
    );
    return new FittedPipeline(internal, Encoder.from(steps, checked), checkTarget(target), checked, weight);
  }
}
