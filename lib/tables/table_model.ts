import { createHash } from 'node:crypto';
import type { FloatArray } from '../addon/index.js';
import { checkedOptions } from '../checks/checked_options.js';
import { isJSON, isPlainObject } from '../checks/kinds.js';
import { checkNoOptions, checkOneOf, orDefault } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { columnsOf, keepColumns } from '../models/columns.js';
import { contentsOfNetwork, nativeNetwork } from '../models/model.js';
import { readingOf } from '../models/probabilities.js';
import type { SaveOptions } from '../models/quantization.js';
import { writeSurrounded } from '../onnx/write.js';
import { loadModel, type Network } from '../training/network.js';
import { carved } from './carved.js';
import { type Decide, type DecisionOptions, usualDecision } from './decision.js';
import { Explainer, type Explanation } from './explain/explain.js';
import { intervalAround, type PredictedInterval } from './intervals.js';
import { checkDistributions, type Distributions } from './monitoring/distribution.js';
import type { Flag } from './monitoring/flag.js';
import { flagsByRow, RowCheck } from './monitoring/row_check.js';
import { type NearestWord, type NearestWordsOptions, nearestWordsOf } from './nearest_words.js';
import { surroundingsOf } from './onnx_pipeline.js';
import { openSource, type TableInput } from './open.js';
import { FittedPipeline } from './pipeline/fitted_pipeline.js';
import { isOne, type RowsLike, type Whole, wholeOf } from './pipeline/rows_like.js';
import { type PredictedChunk, predictChunks } from './predict_chunks.js';
import {
  type CheckedPredictOptions,
  detailChecks,
  type HowToPredict,
  howToPredict,
  type PredictChunksOptions,
  type PredictedRows,
  type PredictRowsOptions,
  predictChecks,
  type TableModelDetails,
} from './predict_options.js';
import type { RowObject } from './readers/rows.js';
import type { Source } from './source.js';
import { Table } from './table.js';
import type { ClassTarget, Target } from './target.js';
import type { Prediction } from './targets/head.js';
import { headOf } from './targets/heads.js';
import { outputsOf, predictionsOf, readingsOfSeveral, unread } from './targets/several.js';
import { refuseUnknownNames } from './unknown_names.js';

export type { PredictedChunk } from './predict_chunks.js';
export type { PredictChunksOptions, PredictedRows } from './predict_options.js';

/**
 * A network with the pipeline of its columns. It takes rows by the names of columns, and predicts numbers or classes like those
 * in the training table.
 */
export class TableModel {
  /** A field that only these objects have. */
  readonly #isModel = true;
  readonly network: Network;
  readonly pipeline: FittedPipeline;
  /** How the model was made, as `train` reports it, and what a server that trained it remembers. Plain data, part of its file. */
  readonly about: Readonly<Record<string, unknown>>;
  /** How the columns of the training rows and the predictions are distributed. Undefined: the model's file does not say. */
  readonly distributions: Distributions | undefined;
  #check: RowCheck | undefined;
  #explainer: Explainer | undefined;
  readonly details: TableModelDetails;
  readonly #decide: Decide | undefined;

  /**
   * @param about Plain data. `distributions` are those of {@link distributionsOf}.
   * @throws TypeError `ERR_INVALID_ARGUMENT`; RangeError `ERR_SHAPE` if the network does not fit the pipeline; GlissadeError
   *   `ERR_CORRUPT_FILE` for damaged distributions or error bounds.
   */
  constructor(
    network: Network,
    pipeline: FittedPipeline,
    about: Readonly<Record<string, unknown>> = {},
    details: TableModelDetails = {},
  ) {
    nativeNetwork(network); // refuses anything else
    if (!FittedPipeline.is(pipeline)) throw invalid('pipeline', 'a fitted pipeline', pipeline);
    if (!isPlainObject(about) || !isJSON(about)) throw invalid('about', 'a plain object that JSON can hold', about);
    if (network.outputs !== pipeline.outputs)
      throw errorWith(
        'ERR_SHAPE',
        `the network has ${network.outputs} outputs, but the target needs ${pipeline.outputs}`,
      );
    this.network = network;
    this.pipeline = pipeline;
    this.about = about;
    this.distributions = about.distributions === undefined ? undefined : checkDistributions(about.distributions);
    this.details = checkedOptions('details', details, detailChecks);
    this.#decide = this.details.decision && usualDecision('decision', pipeline.target, this.details.decision);
    keepColumns(network, this.#json(about));
  }

  #json(about: Readonly<Record<string, unknown>>): object {
    return { ...this.pipeline.toJSON(), about, ...this.details };
  }

  /**
   * What the model predicts, if it is one column.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` if there are several: see {@link for}.
   */
  get target(): Target {
    return this.pipeline.target;
  }

  get targets(): readonly Target[] {
    return this.pipeline.targets;
  }

  /**
   * The model for one of several targets, by itself. It has all methods of a model that was trained for this target.
   *
   * @example
   * const { model } = await train(houses, { target: ['price', 'sold'] });
   * model.predict(house); // { price: 310_000, sold: true }
   * model.for('sold').predictProbabilities(house); // { false: 0.2, true: 0.8 }
   * @throws TypeError `ERR_INVALID_ARGUMENT` for a column that is not predicted.
   */
  for(name: string): TableModel {
    const names = this.targets.map(({ column }) => column);
    const place = names.indexOf(checkOneOf('target', name, names));
    if (names.length === 1) return this;
    const pipeline = this.pipeline.forTarget(this.targets[place]!);
    const from = outputsOf(this.targets.slice(0, place));
    const { distributions } = this.about;
    const about = { ...(distributions === undefined ? {} : { distributions }), names: [...this.knownNames()] };
    return new TableModel(carved(this.network, pipeline, from), pipeline, about);
  }

  /** Names of the columns that the model reads. A row may lack some: their values count as missing. */
  get columns(): readonly string[] {
    return this.pipeline.columns;
  }

  /**
   * The prediction for a row, or for each of several rows. Further columns of a row are ignored, unless the training table had none
   * of them.
   *
   * @example
   * model.predict({ age: 41, city: 'Bern', income: null });
   * model.predict(patients, { threshold: 0.2 });
   * model.predict(patients, { costs: { ill: { healthy: 10 } } });
   * model.predict(houses, { interval: 0.9 }); // [{ prediction, low, high }, …]
   * @throws TypeError `ERR_INVALID_ARGUMENT` that names row and column of a value that is refused; RangeError `ERR_OUT_OF_RANGE`
   *   for an interval that takes more held-out rows than `train` had.
   */
  predict(row: RowObject, options: PredictRowsOptions & { interval: number }): PredictedInterval;
  predict(rows: RowsLike, options: PredictRowsOptions & { interval: number }): PredictedInterval[];
  predict(row: RowObject, options?: PredictRowsOptions): Prediction;
  predict(rows: RowsLike, options?: PredictRowsOptions): Prediction[];
  predict(
    rows: RowObject | RowsLike,
    options: PredictRowsOptions = {},
  ): Prediction | Prediction[] | PredictedInterval | PredictedInterval[] {
    const how = this.#howTo('predict', checkedOptions('predict', options, predictChecks));
    const outputs = this.#outputs(rows, 1);
    const { decide, errors } = how;
    const all = decide ? this.#decided(this.#read(outputs), decide) : predictionsOf(this.targets, outputs);
    const found = errors ? (all as number[]).map((x) => intervalAround(this.target, x, errors)) : all;
    return isOne(rows) ? found[0]! : found;
  }

  /** @throws The errors of {@link predict} for options that don't fit the model. @internal */
  checkPredictOptions(where: string, options: PredictRowsOptions): void {
    this.#howTo(where, options);
  }

  /** The index of the class that is chosen for each row; undefined if it follows from the target alone. @internal */
  choicesFor(where: string, probabilities: Float64Array, options: DecisionOptions): Float64Array | undefined {
    const { decide } = this.#howTo(where, options);
    if (!decide) return undefined;
    const width = (this.target as ClassTarget).classes.length;
    return Float64Array.from({ length: probabilities.length / width }, (_, row) => decide(probabilities, row * width));
  }

  /** How outputs become predictions. */
  #howTo(where: string, options: CheckedPredictOptions): HowToPredict {
    if (Object.values(options).every((one) => one === undefined)) return { decide: this.#decide };
    return howToPredict(where, this.target, this.details, options, this.#decide);
  }

  /** The outputs of the network for rows. In messages, the first row has the number `first`. */
  #outputs(rows: RowObject | RowsLike, first: number): FloatArray {
    const inputs = this.pipeline.encodeFrom(rows, first);
    refuseUnknownNames(rows, this.columns, () => this.knownNames(), first);
    return this.#finite(this.network.predict(inputs), first);
  }

  /** @throws GlissadeError `ERR_NON_FINITE` that names a row whose outputs are not finite. */
  #finite(outputs: FloatArray, first: number): FloatArray {
    for (let i = 0; i < outputs.length; ++i)
      if (!Number.isFinite(outputs[i]!))
        throw errorWith(
          'ERR_NON_FINITE',
          `row ${first + Math.floor(i / this.network.outputs)}: the prediction is not finite, because the values of the row are far from those of the training rows`,
        );
    return outputs;
  }

  /**
   * The values of a row, or of each of several rows, that are unlike those of the training rows: numbers and dates beyond the
   * range of the training rows by more than their interquartile range; categories that no training row has, unless more than
   * one in 20 training rows has a category of its own; texts whose words training rows hardly have; missing values if at most
   * one in 1000 training rows lacks one; and names that the training table did not have.
   *
   * @example
   * model.flags({ age: 900, city: 'Bern' }); // [{ column: 'age', reason: 'beyond range', value: 900, low: -5, high: 107 }]
   * @throws TypeError `ERR_INVALID_ARGUMENT` for a model without distributions; the errors of {@link predict}.
   */
  flags(row: RowObject): Flag[];
  flags(rows: RowsLike): Flag[][];
  flags(rows: RowObject | RowsLike, ...more: readonly unknown[]): Flag[] | Flag[][] {
    checkNoOptions('flags', more, 'the training rows decide what is flagged');
    const check = this.rowCheck('flags');
    const whole = wholeOf(this.columns, rows);
    this.pipeline.encode(rows); // refuses what predict refuses
    const all = flagsByRow(whole.chunk.rows, check.flags(whole.chunk.columns, whole.chunk.rows));
    if (!Table.is(rows)) {
      const known = this.knownNames();
      for (const [i, row] of (isOne(rows) ? [rows as RowObject] : (rows as readonly RowObject[])).entries())
        for (const name of Object.keys(row))
          if (!known.has(name)) all[i]!.push({ column: name, reason: 'unknown field' });
    }
    return isOne(rows) ? all[0]! : all;
  }

  /** The comparison of rows with the training rows. @throws TypeError if the model has no distributions. @internal */
  rowCheck(where: string): RowCheck {
    if (!this.distributions)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `${where}: the model's file has no distributions of its training rows to compare with; train the model again`,
      );
    this.#check ??= new RowCheck(this.distributions, this.columns, this.pipeline.types, this.pipeline.forms);
    return this.#check;
  }

  /** The names of all columns of the training table. @internal */
  knownNames(): ReadonlySet<string> {
    const { report, names = [] } = this.about as { report?: { readonly kinds?: object }; names?: readonly string[] };
    const kinds = Object.keys(report?.kinds ?? {});
    return new Set([...this.columns, ...this.targets.map(({ column }) => column), ...kinds, ...names]);
  }

  /**
   * Predictions for all rows of a source, chunk by chunk, so that the table need not fit into memory. Columns of text files that
   * were words in training are read as words.
   *
   * @param input What {@link table} takes, or a result of {@link openSource}.
   * @example
   * for await (const { first, predictions } of model.predictChunks('people.csv'))
   *   for (const [i, prediction] of predictions.entries()) console.log(first + i, prediction);
   * @throws TypeError `ERR_INVALID_ARGUMENT` for a column that the source lacks, before any row is read; the errors of
   *   {@link predict}, with the number of the row in the source, from 1; the errors of the source.
   */
  predictChunks(input: TableInput | Source, options: PredictChunksOptions = {}): AsyncGenerator<PredictedChunk> {
    return predictChunks(this, input, options);
  }

  /** Predictions and probabilities of rows. In messages, the first row has the number `first`. @internal */
  predictFrom(rows: RowObject | RowsLike, first: number, options: PredictRowsOptions = {}): PredictedRows {
    return this.#predicted(this.#outputs(rows, first), this.#howTo('predict', options));
  }

  /** Predictions and probabilities of rows whose first has the number `first` in messages. @internal */
  predictWhole({ fields, chunk, numberOf }: Whole, first: number, options: PredictRowsOptions = {}): PredictedRows {
    const how = this.#howTo('predict', options);
    const inputs = this.pipeline.encodeChunk(fields, chunk, numberOf);
    return this.#predicted(this.#finite(this.network.predict(inputs), first), how);
  }

  #predicted(outputs: FloatArray, { decide, errors }: HowToPredict): PredictedRows {
    if (this.targets.length > 1)
      return { predictions: predictionsOf(this.targets, outputs), readings: this.#read(outputs) };
    const predictions = decide ? undefined : headOf(this.target).predictions(outputs);
    const readings = this.#read(outputs);
    if (this.target.task === 'regression') {
      const ends = (end: 'low' | 'high') => readings.map((x) => intervalAround(this.target, x, errors!)[end]);
      const interval = errors && { low: ends('low'), high: ends('high') };
      return { predictions: predictions!, readings, ...interval };
    }
    return { predictions: predictions ?? this.#decided(readings, decide!), probabilities: readings, readings };
  }

  /** The classes that are chosen from the probabilities of all. */
  #decided(probabilities: Float64Array, decide: Decide): Prediction[] {
    const { classes } = this.target as ClassTarget;
    const all: Prediction[] = [];
    for (let at = 0; at < probabilities.length; at += classes.length) all.push(classes[decide(probabilities, at)]!);
    return all;
  }

  /**
   * The probability of each class by its name, for a row or for each of several rows.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` for a model that predicts numbers; the errors of {@link predict}.
   */
  predictProbabilities(row: RowObject): Record<string, number>;
  predictProbabilities(rows: RowsLike): Record<string, number>[];
  predictProbabilities(
    rows: RowObject | RowsLike,
    ...more: readonly unknown[]
  ): Record<string, number> | Record<string, number>[] {
    const { target } = this;
    checkNoOptions('predictProbabilities', more, 'probabilities depend on no options');
    if (target.task === 'regression')
      throw errorWith('ERR_INVALID_ARGUMENT', 'predictProbabilities: the model predicts a number');
    const width = target.classes.length;
    const probabilities = this.readings(rows);
    const all: Record<string, number>[] = [];
    for (let at = 0; at < probabilities.length; at += width)
      all.push(Object.fromEntries(target.classes.map((one, j) => [String(one), probabilities[at + j]!])));
    return isOne(rows) ? all[0]! : all;
  }

  /** What is predicted for rows, as numbers: see {@link Head}. @internal */
  readings(rows: RowObject | RowsLike): Float64Array {
    return this.#read(this.#outputs(rows, 1));
  }

  /**
   * What each column contributes to the prediction for a row, or for each of several rows: in the units of the target, or of the
   * log-odds of the predicted class. The contributions add up to the prediction less that of the mean training row: the mean of
   * each number and date, the shares of the categories, and a text without words. The contribution of a text is therefore what its
   * words add to an empty text.
   *
   * They are integrated gradients: exact for a linear model, and for a network the mean derivative on the straight way from the mean
   * row, times the distance from it. Categories move in the space of their vectors. A contribution says what the model does with a
   * value, not what the value causes.
   *
   * @example
   * const { prediction, contributions } = model.explain({ age: 41, city: 'Bern' });
   * @throws TypeError `ERR_INVALID_ARGUMENT` for a model of quantiles or of several targets, and for a network whose last layer gives
   *   probabilities; the errors of {@link predict}.
   * @see Sundararajan, Taly & Yan 2017, https://arxiv.org/abs/1703.01365
   */
  explain(row: RowObject): Explanation;
  explain(rows: RowsLike): Explanation[];
  explain(rows: RowObject | RowsLike, ...more: readonly unknown[]): Explanation | Explanation[] {
    checkNoOptions('explain', more, 'it explains the predictions that the model makes without any');
    const list = isOne(rows) ? [rows as RowObject] : Array.from(rows as Iterable<RowObject>);
    const predictions = isOne(rows) ? [this.predict(rows as RowObject)] : this.predict(rows as RowsLike);
    const all = this.explainAs(list, predictions, 1);
    return isOne(rows) ? all[0]! : all;
  }

  /** Explains the given predictions for rows whose first has the number `first` in messages. @internal */
  explainAs(rows: readonly RowObject[], predictions: readonly Prediction[], first: number): Explanation[] {
    const explainer = this.explainer;
    explainer.update();
    return rows.map((row, i) => explainer.explain(row, first + i, predictions[i] as Explanation['prediction']));
  }

  /** @throws TypeError `ERR_INVALID_ARGUMENT` for a model that can't be explained. @internal */
  get explainer(): Explainer {
    this.#explainer ??= new Explainer(this.network, this.pipeline);
    return this.#explainer;
  }

  /** The readings that outputs stand for. The outputs are overwritten. */
  #read(outputs: FloatArray): Float64Array {
    if (this.targets.length > 1) return readingsOfSeveral(this.targets, outputs);
    const reading = this.target.task === 'regression' ? unread : readingOf(this.network, undefined);
    return headOf(this.target).read(outputs, reading);
  }

  /** Whether a value is a model of this module. */
  static is(value: unknown): value is TableModel {
    return value !== null && typeof value === 'object' && #isModel in value;
  }

  /**
   * The bytes of an ONNX file of the network with its pipeline, for opset 17 and ai.onnx.ml 3. Each column is an input of shape
   * `[batch, 1]`. A number is a float32, and a date is a float64, its seconds since 1970 in UTC; NaN stands for missing values. A
   * category is a string, empty if it is missing. The output `prediction` has the same shape: a float32, or the name of a class
   * as a string. Classes also have the output `probabilities`, `[batch, classes]`. A category that no training row has counts as
   * unseen. The file computes in float32, so its results agree with {@link predict} to about six digits.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` if ONNX has no operator for the step of a column, which the message names: hashed
   *   text, hashed crosses and categories, numbers as their ranks, and categories with `unseen: 'error'`. A network that
   *   `calibrate` changed is refused too.
   */
  toONNX(): Uint8Array {
    if (this.targets.length > 1)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `toONNX: a file predicts one column, but the model predicts ${this.targets.length}; write each, as model.for(${JSON.stringify(this.targets[0]!.column)}).toONNX()`,
      );
    if (this.network.calibration)
      throw errorWith('ERR_INVALID_ARGUMENT', 'toONNX: the network is calibrated, but the file would not be');
    return writeSurrounded(contentsOfNetwork(this.network), surroundingsOf(this.pipeline, this.details.decision));
  }

  /**
   * The words whose vectors are nearest to that of a word, by the cosine of the angle between the vectors with which the network reads
   * a column of texts: words that are alike for the target. With subwords, a word's vector is that of all its features, so words that
   * the training rows lack have one too.
   *
   * Words of the training rows, two occurrences at least, and those with a vector of the option `vectors` are part of the model's file.
   *
   * @example
   * model.nearestWords('great'); // [{ word: 'excellent', similarity: 0.94 }, …]
   * @throws TypeError `ERR_INVALID_ARGUMENT` for a word that the model does not know, for a linear model, and for a model without
   *   columns of texts.
   */
  nearestWords(word: string, options: NearestWordsOptions = {}): NearestWord[] {
    return nearestWordsOf(this, word, options);
  }

  /** Writes the model with its pipeline to a file, as {@link Network.save} writes a network. */
  save(path: string | URL, options: SaveOptions = {}): Promise<void> {
    return this.network.save(path, options);
  }

  /** Writes the model to a file like {@link save}, with more data in `about`. @internal */
  saveAbout(path: string | URL, more: Readonly<Record<string, unknown>>): Promise<void> {
    keepColumns(this.network, this.#json({ ...this.about, ...more }));
    return this.save(path);
  }

  /** The file that {@link save} writes, as bytes. */
  toBytes(options: SaveOptions = {}): Uint8Array {
    return this.network.toBytes(options);
  }

  /** The version of the model: the first 12 hexadecimal digits of the SHA-256 of its file, as {@link save} writes it without options. */
  version(): string {
    return createHash('sha256').update(this.toBytes()).digest('hex').slice(0, 12);
  }
}

/** The model of a network that was saved with its pipeline. */
function tableModelOf(network: Network): TableModel {
  const json = columnsOf(network);
  if (!json)
    throw errorWith('ERR_CORRUPT_FILE', "the model has no pipeline of columns: loadModel of 'glissade' reads it");
  const { about, errorBounds, decision } = json as { about?: Record<string, unknown> } & TableModelDetails;
  return new TableModel(network, FittedPipeline.from(json), orDefault(about, {}), { errorBounds, decision });
}

/**
 * Reads a model with its pipeline that {@link TableModel.save} wrote.
 *
 * @throws The errors of `loadModel` of `glissade`; GlissadeError `ERR_CORRUPT_FILE` for a model without a pipeline.
 */
export async function loadTableModel(from: string | URL | Uint8Array): Promise<TableModel> {
  return tableModelOf(await loadModel(from));
}
