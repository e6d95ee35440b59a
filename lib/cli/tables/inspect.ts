import fs from 'node:fs/promises';
import path from 'node:path';
import { columnsOf } from '../../models/columns.js';
import { type Quantization, quantizationIn } from '../../models/quantization.js';
import { decimalsText } from '../../numbers/number_text.js';
import { isForecastFile } from '../../tables/forecasting/load_forecast.js';
import type { ClassTarget, SearchTrial, TableModel, Target, TrainReport } from '../../tables/index.js';
import { fourDigits } from '../../tables/shown_cells.js';
import type { Network } from '../../training/network.js';
import { aligned } from './aligned.js';
import { comparedIn } from './compared.js';
import { decisionText } from './decision_text.js';
import { summaryOfForecast } from './forecast_text.js';
import { layerLines } from './layer_lines.js';
import { methodText } from './method_text.js';
import { forecastModelIn, networkIn, tableModelIn } from './model_file.js';
import { divisionText } from './report_page.js';
import { searchText } from './report_search.js';
import { comparedCells, counted, unusedLines } from './score_words.js';
import { stepText } from './step_text.js';
import { textsLines } from './texts_text.js';

/** The file itself. */
interface Stored {
  readonly bytes: number;
  readonly quantization: Quantization | undefined;
}

/** Runs `glissade inspect`. */
export async function inspectCommand(file: string, options: { json?: boolean }): Promise<void> {
  if (await isForecastFile(file)) return inspectForecasts(file, options);
  const network = await networkIn(file);
  const model = columnsOf(network) === undefined ? undefined : await tableModelIn(file);
  const { size: bytes } = await fs.stat(file);
  const stored = { bytes, quantization: await quantizationIn(file) };
  if (options.json) console.log(JSON.stringify(contentsOf(file, stored, network, model)));
  else console.log(textOf(file, stored, network, model));
}

async function inspectForecasts(file: string, options: { json?: boolean }): Promise<void> {
  const { report, columns } = await forecastModelIn(file);
  const { size: bytes } = await fs.stat(file);
  if (options.json)
    return console.log(JSON.stringify({ file: path.resolve(file), kind: 'forecasts', bytes, columns, report }));
  console.log(
    [
      `${path.resolve(file)}: ${counted(bytes, 'byte')}`,
      '',
      `forecasts ${counted(report.horizon, 'value')} of ${report.target} after the last, from the columns ${columns.join(', ')}`,
      summaryOfForecast(report),
    ].join('\n'),
  );
}

function contentsOf(file: string, stored: Stored, network: Network, model: TableModel | undefined) {
  return {
    file: path.resolve(file),
    ...stored,
    parameters: network.parameters.length,
    network: network.toJSON(),
    tensors: Object.fromEntries(Array.from(network.tensors, ([name, { shape }]) => [name, shape])),
    ...(model ? { ...predictedBy(model), ...decisionOf(model), steps: model.pipeline.steps, about: model.about } : {}),
  };
}

/** How a model decides, if it does not predict the most probable class. */
const decisionOf = ({ details: { decision } }: TableModel) => (decision ? { decision } : {});

/** What a model predicts. */
const predictedBy = ({ targets }: TableModel) => (targets.length === 1 ? { target: targets[0] } : { targets });

function textOf(
  file: string,
  { bytes, quantization }: Stored,
  network: Network,
  model: TableModel | undefined,
): string {
  const { type, inputs, outputs, parameters, layers } = network;
  const { report, search: trials } = (model?.about ?? {}) as { report?: TrainReport; search?: SearchTrial[] };
  return [
    `${path.resolve(file)}: ${counted(bytes, 'byte')}${quantization ? `, weights quantised to ${quantization}` : ''}`,
    ...(model ? ['', ...columnLines(model)] : []),
    '',
    `network of ${counted(parameters.length, 'parameter')} (${type}), ${counted(inputs, 'input')}, ${counted(outputs, 'output')}:`,
    ...layerLines(layers),
    ...(report?.scores ? ['', ...reportLines(report)] : []),
    ...(trials && report ? [searchText(report, trials)] : []),
  ].join('\n');
}

function columnLines({ targets, pipeline, details: { decision } }: TableModel): string[] {
  return [
    ...targets.map((target) => `predicts ${JSON.stringify(target.column)}: ${targetText(target)}`),
    ...(decision ? [decisionText(targets[0] as ClassTarget, decision)] : []),
    'from the columns:',
    ...aligned(pipeline.steps.map((step) => [step.name, stepText(step)])),
  ];
}

function targetText(target: Target): string {
  if (target.task === 'classification') return `one of ${target.classes.join(', ')}`;
  const { mean, deviation, quantiles, loss } = target;
  if (quantiles) return `the quantiles ${quantiles.join(', ')} of a number with median ${fourDigits(mean)}`;
  if (loss === 'absolute' || loss === 'huber') return `a number with median ${fourDigits(mean)}`;
  return `a number with mean ${fourDigits(mean)} and standard deviation ${fourDigits(deviation)}`;
}

function reportLines(report: TrainReport): string[] {
  const { rows, chosen, hidden, seed, seconds, heldOut } = report;
  return [
    `trained on ${counted(rows, 'row')} in ${decimalsText(seconds, 1)} s: ${chosen === 'linear' ? 'the linear model' : `hidden layers ${hidden.join(', ')}`}, ${methodText(report)}, seed ${seed}`,
    ...unusedLines(report),
    ...textsLines(report),
    `scores on held-out rows (${heldOut}${divisionText(report)}), with 95 % intervals:`,
    ...aligned([['', ...comparedIn(report).map(({ name }) => name)], ...comparedCells(report)]),
  ];
}
