// The losses by which targets are checked.
import '../losses/cross_entropy.js';
import '../losses/hinge.js';
import '../losses/logistic.js';
import '../losses/squared.js';
import { addon } from '../addon/index.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { areRows, tableOf, targetTable, type Values } from '../data/table.js';
import { checkWeights, type ExampleWeights } from '../data/weights.js';
import { errorWith } from '../errors.js';
import { checkLoss } from '../losses/loss.js';
import { checkMetric, type MetricLike, subjectOf } from '../metrics/metric.js';
import { type ResultOf, resultOf } from '../metrics/scores.js';

export interface ScoreOptions {
  /**
   * What the predictions are: `'probabilities'`; `'logits'`, of which a sigmoid or a softmax makes probabilities;
   * `'margins'`, of which the sign or the largest decides; `'numbers'`. Default: as the metric needs, `'probabilities'`
   * or `'numbers'`.
   */
  of?: 'probabilities' | 'logits' | 'margins' | 'numbers' | undefined;
  /** Numbers per row of predictions that are not an array of rows. Default 1. */
  columns?: number | undefined;
  /** Weight of each row: a finite number ≥ 0. Default: all 1. */
  weights?: ExampleWeights | undefined;
}

/**
 * A metric of predictions in arrays, whatever made them: the number that `evaluate` gives for a model with these
 * outputs.
 *
 * @example
 * score('auc', model.predictProbabilities(x), targets);
 * score(metrics.f1({ average: 'micro' }), logits, targets, { of: 'logits', columns: 10, weights });
 *
 * @param predictions One number for each row, for the answer yes or as the prediction; or several.
 * @param targets A target for each prediction, or a class number for each row of several predictions.
 * @throws TypeError, RangeError for arrays and options that don't fit each other, and for a metric that has no meaning
 *   for them; GlissadeError `ERR_NON_FINITE` for predictions that are not finite.
 */
export function score<const M extends MetricLike>(
  metric: M,
  predictions: Values,
  targets: Values,
  options: ScoreOptions = {},
): ResultOf<M> {
  checkOptions('score', options, ['of', 'columns', 'weights']);
  const checked = checkMetric(metric);
  const isOfNumbers = subjectOf(checked) === 'numbers';
  const kinds = isOfNumbers ? (['numbers'] as const) : (['probabilities', 'logits', 'margins'] as const);
  const of = checkOneOf(`kind of predictions for ${checked.name}`, orDefault(options.of, kinds[0]), kinds);
  const width = areRows(predictions) ? options.columns : orDefault(options.columns, 1);
  const { values, columns, length } = tableOf('predictions', predictions, width, 'columns', 'float64');
  const rows = length / columns;
  const wanted = targetTable(targets, undefined, rows, 'predictions');
  const areClasses = !isOfNumbers && wanted.columns === 1 && columns > 1;
  if (wanted.columns !== columns && !areClasses)
    throw errorWith('ERR_SHAPE', `targets has ${wanted.columns} numbers for each row, but predictions has ${columns}`);
  const data = new addon.Dataset({
    blocks: [{ kind: 'dense', name: 'predictions', values, columns, scale: 1, inPlace: false }],
    targets: wanted.values,
    targetColumns: wanted.columns,
    targetsInPlace: false,
    weights: options.weights === undefined ? undefined : checkWeights(options.weights, rows),
  });
  try {
    const loss = isOfNumbers ? 'squared' : of === 'margins' ? 'hinge' : areClasses ? 'crossEntropy' : 'logistic';
    const [numbers] = addon.score(data, checkLoss(loss), of === 'probabilities', [checked]);
    return resultOf(checked, numbers!) as ResultOf<M>;
  } finally {
    data.dispose();
  }
}
