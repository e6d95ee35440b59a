import { types } from 'node:util';
import { invalid } from '../../checks/shown.js';
import { checkAttached } from '../../checks/typed_arrays.js';
import { errorWith } from '../../errors.js';
import { numbersOf } from '../conversions.js';
import type { DateFound, DateStep } from '../pipeline/date.js';
import { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { checkColumns, columnsOf, type FittedStep } from '../pipeline/fitted_steps.js';
import type { NumberStep } from '../pipeline/number.js';
import type { Step } from '../pipeline/step.js';
import { checkTable, columnOf, ranksOf, rowNumberOf, type Table } from '../table.js';
import type { Target } from '../target.js';
import { headOf } from '../targets/heads.js';
import { categoriesOfRows } from './categories.js';
import type { ColumnDistribution, Distributions, PredictionDistribution } from './distribution.js';
import { textsOfRows } from './known_words.js';
import { numbersOfRows } from './number_distribution.js';
import { valuesOfReadings } from './reading_values.js';

/**
 * The distributions of the columns that a pipeline reads, for `about.distributions` of a {@link TableModel}. `train` does this
 * itself. If each rank has a part of the table, all ranks call this together.
 *
 * @param table The training rows.
 * @param predictions The predictions for rows that the model was not trained on: numbers, all quantiles, or the probabilities of
 *   all classes, row by row. Default: their distribution is left out.
 * @example
 * const distributions = await distributionsOf(fitted, trainingRows);
 * const model = new TableModel(network, fitted, { distributions });
 * @throws TypeError, RangeError for arguments that don't fit, and for a column that the table lacks.
 */
export async function distributionsOf(
  pipeline: FittedPipeline,
  table: Table,
  predictions?: Float64Array,
): Promise<Distributions> {
  if (!FittedPipeline.is(pipeline)) throw invalid('pipeline', 'a fitted pipeline', pipeline);
  checkColumns(checkTable('table', table), pipeline.columns);
  if (predictions !== undefined) checkPredictions(pipeline.target, predictions);
  const known: [string, ColumnDistribution][] = [];
  for (const [name, step] of stepsByColumn(pipeline)) {
    const distribution = await distributionOf(name, step, table);
    if (distribution) known.push([name, distribution]);
  }
  const columns = Object.fromEntries(known); // also of a column that is called __proto__
  const ofPredictions = predictions && (await predictionsOf(pipeline.target, predictions));
  return { columns, ...(ofPredictions && { predictions: ofPredictions }) };
}

/** @throws TypeError, RangeError unless they are finite numbers, one for each row or for each class of each row. */
function checkPredictions(target: Target, predictions: unknown): void {
  if (!types.isFloat64Array(predictions)) throw invalid('predictions', 'a Float64Array', predictions);
  checkAttached('predictions', predictions);
  const { width } = headOf(target);
  if (predictions.length % width !== 0)
    throw errorWith('ERR_SHAPE', `predictions: ${predictions.length} numbers are not ${width} for each row`);
  const bad = predictions.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) throw errorWith('ERR_NON_FINITE', `predictions[${bad}] is ${predictions[bad]}`);
}

/** A step that reads each column. If a cross or an interval reads it too, the other step counts. */
function stepsByColumn({ steps }: FittedPipeline): Map<string, FittedStep> {
  const ofOthers = steps.filter(({ step }) => isOfOthers(step));
  return new Map([
    ...ofOthers.flatMap((one) => columnsOf(one.name, one.step).map((name): [string, FittedStep] => [name, one])),
    ...steps.filter(({ step }) => !isOfOthers(step)).map((one): [string, FittedStep] => [one.name, one]),
  ]);
}

/** Whether a step has a name of its own, and reads other columns. */
const isOfOthers = ({ kind }: Step): boolean => kind === 'cross' || kind === 'interval';

async function distributionOf(
  name: string,
  { step, found }: FittedStep,
  table: Table,
): Promise<ColumnDistribution | undefined> {
  const ranks = ranksOf(table);
  const column = columnOf(table, name);
  if (step.kind === 'category' || step.kind === 'cross')
    return { kind: 'category', ...(await categoriesOfRows(column, ranks)) };
  if (step.kind === 'text') {
    const texts = await textsOfRows(column, ranks);
    return texts && { kind: 'text', ...texts };
  }
  if (step.kind === 'date' && !(found as DateFound).parts.includes('time')) return undefined; // any year is usual
  const { invalid = 'error' } = step as NumberStep | DateStep;
  const kind = step.kind === 'number' ? 'number' : 'date';
  const values = numbersOf(column, name, (row) => rowNumberOf(table, row), kind, invalid);
  const numbers = await numbersOfRows(values, ranks);
  return numbers && { kind, ...numbers };
}

async function predictionsOf(target: Target, readings: Float64Array): Promise<PredictionDistribution | undefined> {
  const values = valuesOfReadings(target, readings);
  if (target.task === 'regression') {
    const numbers = await numbersOfRows(values, undefined);
    return numbers && { kind: 'number', ...numbers };
  }
  const counts = target.classes.map(() => 0);
  for (const place of values) counts[place]! += 1;
  return { kind: 'class', counts };
}
