import { internal } from '../../checks/internal.js';
import type { Column } from '../column.js';
import { category } from '../pipeline/category.js';
import { number } from '../pipeline/number.js';
import { pipeline } from '../pipeline/pipeline.js';
import type { Step } from '../pipeline/step.js';
import { Table } from '../table.js';
import { TableModel } from '../table_model.js';
import { datasetOf } from '../train/datasets.js';
import { fitCandidate } from '../train/fit_candidate.js';
import { settingOf } from '../train/options.js';
import { fittedPipeline, recipeFor } from '../train/setting.js';
import { WordList } from '../words.js';
import type { Fit, ForecastData, Forecaster } from './candidate.js';
import { type Examples, examplesOf, originsBefore, type Pair, pairsFor } from './examples.js';
import { featureNames, type Origin } from './features.js';
import { type LinearForecaster, pairsOf } from './linear.js';

/** The most rows of training. */
const mostRows = 60_000;

/** The share of the rows, the latest, that decides when training ends. */
const stopping = 0.15;

/** Errors of the linear model below this, in units of the scale, are those of rounding. */
const negligible = 1e-6;

/** The members of the network. */
const members = 4;

/** More rows have larger minibatches. */
const fewRows = 20_000;

/** The most epochs, and the most rows in all epochs unless there are fewer than ten epochs. */
const [mostEpochs, mostSteps] = [60, 1_500_000];

/** Names of columns that no feature has. */
const [answer, seriesColumn] = ['answer', 'series'];

/**
 * A network that predicts quantiles of what the linear model lacks. Without hidden units that help, its forecasts are those of
 * the linear model.
 */
export class NetworkForecaster implements Forecaster {
  readonly linear: LinearForecaster;
  /** Undefined if the linear model lacked nothing. */
  readonly model: TableModel | undefined;

  constructor(linear: LinearForecaster, model: TableModel | undefined) {
    this.linear = linear;
    this.model = model;
  }

  async forecast(data: ForecastData, origins: readonly Origin[]) {
    const { horizon } = data.plan;
    const pairs = pairsOf(origins, horizon);
    const examples = await examplesOf(data, this.linear.smoothing, pairs);
    const linear = this.linear.relative(examples, pairs, horizon);
    const readings = this.model?.readings(tableOf(data, pairs, examples));
    const width = data.levels.length;
    return data.levels.map((_, level) =>
      linear.map((x, i) => examples.bases[i]! + examples.scales[i]! * (x + (readings?.[i * width + level] ?? 0))),
    );
  }
}

/** The network for a linear model that was fitted to the same values. */
export const fitNetwork =
  (linear: LinearForecaster): Fit =>
  async (data, end, { seed, signal, onShare }) => {
    const { horizon } = data.plan;
    const steps = Array.from({ length: horizon }, (_, i) => i + 1);
    const origins = originsBefore(data, end, Math.max(200, mostRows / horizon));
    const pairs = pairsFor(data, origins, steps, end);
    const examples = await examplesOf(data, linear.smoothing, pairs);
    const predicted = linear.relative(examples, pairs, horizon);
    const targets = examples.targets.map((x, i) => x - predicted[i]!);
    if (targets.every((x) => Math.abs(x) < negligible)) return new NetworkForecaster(linear, undefined);
    const table = tableOf(data, pairs, { ...examples, targets });
    const first = pairs.length - Math.floor(stopping * pairs.length);
    const rows = (begin: number, end: number) =>
      table.select(Uint32Array.from({ length: end - begin }, (_, i) => begin + i));
    const [training, judging] = [rows(0, first), rows(first, pairs.length)];
    const { setting } = await settingOf(
      'forecast',
      training,
      {
        target: answer,
        pipeline: stepsOf(table),
        quantiles: [...data.levels],
        members,
        weightDecay: 0.01,
        seed,
        signal,
        epochs: Math.max(10, Math.min(mostEpochs, Math.floor(mostSteps / first))),
        batchSize: first < fewRows ? undefined : 256,
      },
      {},
    );
    const fitted = await fittedPipeline(setting, 'network', training);
    using learnt = await datasetOf(fitted, training);
    using judged = await datasetOf(fitted, judging);
    const { model } = await fitCandidate(recipeFor(setting, 'network', fitted), learnt, judged, {
      ...setting.context,
      onEpoch: (epoch, epochs) => onShare?.(epoch / epochs),
    });
    return new NetworkForecaster(linear, new TableModel(model, fitted));
  };

const stepsOf = (table: Table) =>
  pipeline(
    Object.fromEntries(
      table.columns
        .filter((name) => name !== answer)
        .map((name): [string, Step] => [
          name,
          name === seriesColumn ? category({ rare: 1 }) : number({ clip: { quantiles: [0.001, 0.999] } }),
        ]),
    ),
  );

/** The examples as a table, of which each input is a column. */
function tableOf(
  { histories, plan }: ForecastData,
  pairs: readonly Pair[],
  { inputs, columns, targets }: Examples,
): Table {
  const named = featureNames(plan).map((name): [string, { type: 'number'; values: Float64Array }] => [
    name,
    { type: 'number', values: new Float64Array(pairs.length) },
  ]);
  for (const row of pairs.keys())
    for (let j = 0; j < columns; ++j) named[j]![1].values[row] = inputs[row * columns + j]!;
  const words = new WordList();
  const codes = histories.map(({ series }) => words.add(series.name));
  const ofSeries: [string, Column][] =
    histories.length > 1
      ? [[seriesColumn, { type: 'word', codes: Uint32Array.from(pairs, ({ series }) => codes[series]!), words }]]
      : [];
  const all: [string, Column][] = [...named, ...ofSeries, [answer, { type: 'number', values: targets }]];
  return new Table(internal, 'features', new Map(all), new Map());
}
