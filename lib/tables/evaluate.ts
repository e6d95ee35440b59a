import { type Checks, checkedOptions } from '../checks/checked_options.js';
import { checkFunction } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { checkRanks, type Ranks, together } from '../distributed/ranks.js';
import { errorWith } from '../errors.js';
import type { Cell, NumberColumn } from './column.js';
import { ColumnBuilder } from './column_builder.js';
import { type DecisionOptions, decisionChecks, type MistakeCosts } from './decision.js';
import { openSource, type TableInput } from './open.js';
import { nameOfPart } from './readers/parts.js';
import { numberedFrom } from './row_number.js';
import { isSource, type Source } from './source.js';
import { ofSource } from './source_errors.js';
import { Table } from './table.js';
import { TableModel } from './table_model.js';
import { type Class, choicesOf, type Target, targetsOf } from './target.js';
import { headOf } from './targets/heads.js';
import { meanCost } from './train/decisions.js';
import type { Estimate } from './train/estimates.js';
import { joined, rowsWhere } from './train/predicted.js';
import {
  decidedOf,
  type Predicted,
  type ScoresByClass,
  scoresOf,
  scoresOfEachClass,
  type TableScores,
  unseenClass,
} from './train/scores.js';
import { weightsFrom } from './weights.js';

export interface EvaluateTableOptions extends DecisionOptions {
  /**
   * Processes that share the rows. Each calls this with the same model and its own source of the same file, and gets the
   * scores of all rows. Default: this process alone.
   */
  readonly ranks?: Ranks | undefined;
  /** Called with the number of rows that this process has read so far. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

const evaluateChecks = {
  ...decisionChecks,
  ranks: (_name, ranks) => checkRanks(ranks),
  onRows: checkFunction<EvaluateTableOptions['onRows'] & {}>,
} satisfies Checks<EvaluateTableOptions>;

/** The quality of a model on rows with a known target. */
export interface Evaluation extends ScoresByClass {
  /** Rows that have a target. */
  readonly rows: number;
  /** Rows that were left out because they have no target. */
  readonly withoutTarget: number;
  /** Rows that have a target, but were left out because their weight is 0. Left out if there are none. */
  readonly withoutWeight?: number;
  readonly scores: TableScores;
  /** The mean cost of a row, if costs are given or the model has some. */
  readonly cost?: Estimate;
  /** The number of rows of each class that training has not seen, if there are any. They count as wrong predictions. */
  readonly unseen?: Readonly<Record<string, number>>;
  /** For classes that training has seen: `counts[i][j]` rows of class i are predicted as class j. */
  readonly confusion?: { readonly classes: readonly Class[]; readonly counts: readonly (readonly number[])[] };
}

/**
 * Scores of a model on the rows of a source that have a target, as `train` reports them: RMSE, mean absolute error and
 * R²; or accuracy, balanced accuracy, log loss, AUC and average precision of two classes, precision, recall and F1 of each
 * class, and a confusion matrix. Rows are read chunk by chunk. Only predictions and true values stay in memory. A row whose
 * class training has not seen counts as a wrong prediction: only the accuracy and the precision of the class that is predicted
 * for it include it.
 *
 * @param input What `table` takes, or what `openSource` returned.
 * @throws TypeError, GlissadeError as `predictChunks`; RangeError `ERR_SHAPE` if no row has a target.
 */
export async function evaluate(
  model: TableModel,
  input: TableInput | Source,
  options: EvaluateTableOptions = {},
): Promise<Evaluation> {
  if (!TableModel.is(model)) throw invalid('model', 'a TableModel', model);
  const { onRows, ranks, ...decision } = checkedOptions('evaluate', options, evaluateChecks);
  model.checkPredictOptions('evaluate', decision);
  const source = isSource(input) ? input : await openSource(input);
  const unseenHere = new Map<string, number>();
  const noteUnseen = (cell: Cell): number => {
    unseenHere.set(String(cell), (unseenHere.get(String(cell)) ?? 0) + 1);
    return unseenClass;
  };
  const { target } = model;
  const isRegression = target.task === 'regression';
  const [predictions, truths, weights] = Array.from({ length: 3 }, () => new ColumnBuilder('number', 0)) as [
    ColumnBuilder,
    ColumnBuilder,
    ColumnBuilder,
  ];
  const head = headOf(target);
  const { width } = head;
  const { weight } = model.pipeline;
  const isWeighted = weight !== undefined && source.fields.some(({ name }) => name === weight);
  let [all, weightless] = [0, 0];
  const named = ranks && !Table.is(source) ? { ...source, name: nameOfPart(source.name, ranks) } : source;
  const keep = isWeighted ? [target.column, weight] : [target.column];
  for await (const predicted of model.predictChunks(source, { keep, ranks })) {
    const { chunk, fields, first } = predicted;
    const columnNamed = (name: string) => chunk.columns[fields.findIndex((field) => field.name === name)]!;
    const column = columnNamed(target.column);
    const targets = ofSource(named, () => targetsOf(target, column, numberedFrom(first), noteUnseen));
    const weighed = isWeighted
      ? ofSource(named, () => weightsFrom(columnNamed(weight), weight, numberedFrom(first)))
      : undefined;
    const withTarget = Array.from(targets.keys()).filter((row) => !Number.isNaN(targets[row]!));
    const known = withTarget.filter((row) => weighed?.[row] !== 0);
    weightless += withTarget.length - known.length;
    const given = predicted.readings;
    predictions.add(numbers(known.flatMap((row) => Array.from(given.slice(row * width, (row + 1) * width)))));
    truths.add(numbers(known.map((row) => head.truthOf(targets[row]!))));
    if (weighed) weights.add(numbers(known.map((row) => weighed[row]!)));
    all += chunk.rows;
    onRows?.(all);
  }
  const parts = await together(ranks, {
    all,
    unseen: [...unseenHere],
    weightless,
    predictions: valuesOf(predictions),
    truths: valuesOf(truths),
    weights: isWeighted ? valuesOf(weights) : undefined,
  });
  const gathered = joined(parts);
  const decided = model.choicesFor('evaluate', gathered.predictions, decision);
  const result = { ...gathered, decided: decided ?? choicesOf(target, gathered.predictions) };
  const rows = result.truths.length;
  if (rows === 0) throw errorWith('ERR_SHAPE', `${source.name} has no row with a value of ${quoted(target.column)}`);
  const withoutWeight = parts.reduce((sum, part) => sum + part.weightless, 0);
  return {
    rows,
    withoutTarget: parts.reduce((sum, part) => sum + part.all, 0) - rows - withoutWeight,
    ...(withoutWeight > 0 && { withoutWeight }),
    scores: scoresOf(target, result),
    ...scoresOfEachClass(target, result),
    ...costIn(target, result, decision.costs ?? model.details.decision?.costs),
    ...unseenIn(parts.flatMap(({ unseen }) => unseen)),
    ...(isRegression ? {} : { confusion: confusionOf(target.classes, result) }),
  };
}

/** The mean cost of a row whose class training has seen, if costs are known. */
function costIn(target: Target, predicted: Predicted, costs: MistakeCosts | undefined): Pick<Evaluation, 'cost'> {
  if (target.task === 'regression' || !costs) return {};
  const width = target.classes.length;
  const seen = rowsWhere(predicted, width, (row) => predicted.truths[row] !== unseenClass);
  if (seen.truths.length === 0) return {};
  return { cost: meanCost(target.classes.map(String), costs, seen, decidedOf(seen, width)) };
}

/** The counts of all parts together. */
function unseenIn(counts: readonly (readonly [name: string, count: number])[]): Pick<Evaluation, 'unseen'> {
  if (counts.length === 0) return {};
  const all = new Map<string, number>();
  for (const [name, count] of counts) all.set(name, (all.get(name) ?? 0) + count);
  return { unseen: Object.fromEntries([...all.keys()].sort().map((name) => [name, all.get(name)!])) };
}

const numbers = (values: readonly number[]): NumberColumn => ({ type: 'number', values: Float64Array.from(values) });

const valuesOf = (builder: ColumnBuilder): Float64Array => (builder.build() as NumberColumn).values;

/** How many rows of each class are predicted as each. */
export function confusionOf(classes: readonly Class[], predicted: Predicted) {
  const decided = decidedOf(predicted, classes.length);
  const counts = classes.map(() => classes.map(() => 0));
  for (const [row, truth] of predicted.truths.entries()) if (truth !== unseenClass) counts[truth]![decided[row]!]! += 1;
  return { classes, counts };
}
