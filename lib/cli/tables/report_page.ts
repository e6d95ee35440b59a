import os from 'node:os';
import { own } from '../../checks/own.js';
import { quoted } from '../../checks/shown.js';
import { decimalsText, numberText } from '../../numbers/number_text.js';
import { figureHtml, pageHtml } from '../../pages/index.js';
import { escaped } from '../../pages/markup.js';
import { runtime } from '../../runtime.js';
import { confusionOf } from '../../tables/evaluate.js';
import type {
  ClassTarget,
  Estimate,
  SearchTrial,
  SeveralReport,
  TableDescription,
  Trained,
  TrainReport,
} from '../../tables/index.js';
import { calibrationText } from './calibration_text.js';
import { classTable } from './class_table.js';
import { comparedIn, comparedText } from './compared.js';
import { decisionLines } from './decision_text.js';
import { intervalText } from './interval_text.js';
import { methodText } from './method_text.js';
import { columnsStyle, columnsTable } from './report_columns.js';
import { dependenceFigures } from './report_dependence.js';
import {
  calibrationFigure,
  importanceFigure,
  learningCurve,
  numberFigures,
  quantilesFigure,
} from './report_figures.js';
import { searchSection } from './report_search.js';
import { warningsSection } from './report_warnings.js';
import { worstCells } from './report_worst.js';
import { capitalized, comparedCells, counted, leftOutText, meaningsOf } from './score_words.js';
import { textsText } from './texts_text.js';
import { treesLines } from './trees_text.js';

/** The data of a training, and the command that repeats it. */
export interface ReportContext {
  readonly data: string;
  /** Describes all rows that were read, including those without a target. */
  readonly description: TableDescription;
  readonly command: string;
  /** The trials of a search before the training. */
  readonly trials?: readonly SearchTrial[] | undefined;
}

/** The most classes for which the page has a table of predicted and true classes. */
const mostClasses = 20;

/** Which rows the description covers: all, or a sample if several processes read them. */
const rowsDescribed = (described: number, all: number): string =>
  described === all
    ? `All ${counted(all, 'row')}`
    : `A sample of ${numberText(described)} of the ${counted(all, 'row')}, at equal distances,`;

/** The report of a training as a self-contained page. */
export function reportPage(trained: Trained, { data, description, command, trials }: ReportContext): string {
  const { report, heldOut } = trained;
  const { target } = heldOut;
  const isNumber = target.task === 'regression';
  const figures = [
    ...(report.history.length > 0 ? [learningCurve(trained)] : []),
    ...(isNumber
      ? target.quantiles
        ? [quantilesFigure(trained, target.quantiles)]
        : numberFigures(trained)
      : [calibrationFigure(trained)]),
    importanceFigure(trained),
    ...dependenceFigures(trained),
  ];
  const { version, instructionSet, threads } = runtime();
  const { withoutWeight = 0, repeated = 0 } = report;
  const all = report.rows + report.withoutTarget + withoutWeight + repeated;
  return pageHtml({
    title: `${report.target} of ${data}`,
    style: `${style}${columnsStyle}`,
    figures: { report: figures },
    body: `<h1>${escaped(report.target)}, predicted from ${escaped(data)}</h1>
<p>${[verdictOf(trained), ...treesLines(report)].join(' ')}</p>
${warningsSection(report)}
<p>${counted(report.rows, 'row')}${leftOutText(report)}. The model is ${report.chosen === 'linear' ? 'linear' : `a network with hidden layers of ${report.hidden.join(' and ')} units`} and has ${counted(report.parameters, 'parameter')}. ${report.learningRate === undefined ? `It is ${methodText(report)}.` : `It was trained for ${methodText(report)}, at ${numberText(report.examplesPerSecond)} rows per second.`}${report.texts ? ` ${escaped(capitalized(textsText(report.texts)))}.` : ''} All trainings, including the models for comparison, took ${decimalsText(report.seconds, 1)} s on ${os.cpus()[0]?.model.trim() ?? 'an unknown processor'} (${instructionSet}, ${counted(threads, 'thread')}), by glissade ${version}.</p>
<h2>Scores on held-out rows</h2>
${scoresTable(trained)}
<p>${escaped(heldOutText(report))} The numbers in brackets are 95 % confidence intervals: how much a score may differ on other rows of the same kind.</p>
<p>${escaped(`${meaningsOf(report.scores.network)} ${comparedText(report)}`)}</p>
<div class="figures">
${figures.map((figure) => figureHtml('report', figure)).join('\n')}
</div>
${classesTable(trained)}${report.calibration ? `<h2>Calibration</h2>\n<p>${escaped(calibrationText(report.calibration))}</p>` : ''}${report.decision ? `<h2>Decision</h2>\n<p>${escaped(decisionLines(report).join(' '))}</p>` : ''}${report.intervals ? `<h2>Prediction intervals</h2>\n<p>${escaped(intervalText(report.intervals))}</p>` : ''}
${isNumber || target.classes.length > mostClasses ? '' : confusionTable(trained)}
<h2>Largest losses</h2>
${plainTable(worstCells(report))}
<p>The held-out rows that were predicted worst, by their numbers in the data: the first row after the names of the columns is 1. Look at them: often a value is wrong there, in another unit, or the row is a case that the columns do not describe.</p>
<h2>Columns</h2>
<p>${rowsDescribed(description.rows, all)} as they were read. Importance is the increase of the loss on held-out rows when the values of the column are shuffled.</p>
${columnsTable(trained, description)}
${trials ? searchSection(report, trials) : ''}
<h2>Reproduce the training</h2>
<pre>${escaped(command)}</pre>
<p>On the same rows, this command trains the same model, unless Ctrl-C or a time limit ends a search or a training early.</p>
<details><summary>Full report as JSON</summary><pre>${escaped(JSON.stringify({ ...report, columns: description.columns }, null, 1))}</pre></details>`,
  });
}

const style = `
table.plain { border-collapse: collapse; }
h1 { overflow-wrap: anywhere; }
table.plain th, table.plain td { padding: 0.2em 0.9em 0.2em 0; text-align: left; vertical-align: top; white-space: nowrap; }
table.plain td { font-variant-numeric: tabular-nums; }
.wide, pre { overflow-x: auto; }
`;

/** What the comparison says about the model, in a sentence or a few. */
export const verdictOf = ({ report }: Pick<Trained, 'report'>): string =>
  [choiceOf(report), ...doubtsAbout(report), ...earlyText(report)].join(' ');

/** What the comparison says about a model for several targets. */
export function verdictOfSeveral(report: SeveralReport): string {
  const { hidden, chosen } = report;
  if (hidden.length === 0) return choiceOf(report);
  const choice =
    chosen === 'network'
      ? 'The network is better than a linear model for some target, and clearly worse for none.'
      : 'The network is not clearly better than a linear model for any target, or clearly worse for one, so the model is linear.';
  return [choice, ...earlyText(report)].join(' ');
}

const earlyText = ({ stopped }: Pick<TrainReport, 'stopped'>): string[] =>
  stopped ? ['Training was stopped early, so a longer training may give another result.'] : [];

function choiceOf({ hidden, chosen }: Pick<TrainReport, 'hidden' | 'chosen'>): string {
  if (hidden.length === 0) return 'The model is linear, so there is no network to compare.';
  if (chosen === 'network') return 'The network is better than a linear model.';
  return 'The network is not clearly better than a linear model on these rows, so the model is linear.';
}

/** What speaks against the model that is kept: baselines that it should beat. Models of earlier versions have no such comparison. */
export function doubtsAbout({
  advantages,
  target,
  task,
  leftOut,
  leftOutBecause = {},
}: Pick<TrainReport, 'advantages' | 'target' | 'task' | 'leftOut' | 'leftOutBecause'>): string[] {
  const { constant, persistence, nearest } = advantages ?? {};
  const [mean, is] = task === 'regression' ? ['the mean', 'is'] : ['the proportions of the classes', 'are'];
  const isEqual = constant && constant.value <= 0;
  const unused = leftOut.filter((name) => !own(leftOutBecause, name)?.startsWith('constant'));
  const [columns, others] =
    unused.length === 0
      ? ['the other columns', '']
      : ['the columns that it uses', `; it does not use ${unused.map((name) => quoted(name)).join(', ')}`];
  const [last, similar] = [`the last earlier value of ${quoted(target)}`, 'the most similar training rows'];
  return [
    ...(constant && constant.low <= 0
      ? [
          `${isEqual ? `${capitalized(mean)} for all rows ${is} at least as good as the model` : `The model is not clearly better than ${mean} for all rows`}: ${columns} say little or nothing about ${quoted(target)}${others}.`,
        ]
      : []),
    ...(persistence && persistence.low <= 0 ? [`${capitalized(comparedWith(persistence, last, 'predicts'))}.`] : []),
    ...(nearest && nearest.value < 0
      ? [`${capitalized(comparedWith(nearest, similar, 'predict'))}: it misses what these rows share.`]
      : []),
  ];
}

/** How a baseline predicts whose loss the model is not clearly below. */
function comparedWith({ value, high }: Estimate, baseline: string, predicts: 'predict' | 'predicts'): string {
  if (high < 0) return `${baseline} ${predicts} clearly better than the model`;
  if (value < 0) return `${baseline} ${predicts} better than the model on these rows, though not clearly`;
  return `the model is not clearly better than ${baseline}`;
}

function heldOutText({ heldOut, stopped, by, time }: Trained['report']): string {
  const [rows, others] = by === undefined ? ['row', 'other rows'] : [`group of ${quoted(by)}`, 'other groups'];
  if (heldOut === 'held out')
    return time === undefined
      ? `A part of the ${rows}s was held out.`
      : `The latest rows by ${quoted(time)} were held out.`;
  if (time !== undefined)
    return `Rows were held out in the order of ${quoted(time)} and predicted by a model that was trained on earlier rows.`;
  return `${stopped ? 'Rows were held out in turn' : `Each ${rows} was held out once`} and predicted by a model that was trained on ${others}.`;
}

/** By which column the rows were divided, as the end of a remark in brackets. */
export const divisionText = ({
  by,
  time,
  gap,
  stratified,
}: Partial<Pick<Trained['report'], 'by' | 'time' | 'gap' | 'stratified'>>): string =>
  [
    by !== undefined && ` by ${quoted(by)}`,
    time !== undefined && ` by time, ${quoted(time)}`,
    gap !== undefined && ` with a gap of ${gap}`,
    stratified !== undefined && `, stratified by ${quoted(stratified)}`,
  ]
    .filter((part) => part !== false)
    .join('');

const scoresTable = ({ report }: Trained): string =>
  plainTable([['', ...comparedIn(report).map(({ name }) => name)], ...comparedCells(report)]);

/** Precision, recall and F1 of each class. */
function classesTable({ report }: Trained): string {
  const table = classTable(report);
  if (!table) return '';
  const remark = table.remark ? ` ${capitalized(table.remark)}.` : '';
  return `<h2>Scores of each class</h2>
${plainTable(table.cells)}
<p>Precision is the share of the rows predicted as the class that are of it. Recall is the share of the rows of the class that are predicted as it. F1 is 2 / (1/precision + 1/recall).${escaped(remark)}</p>`;
}

/** A table whose first row and first column are titles. */
function plainTable([titles, ...rows]: readonly (readonly string[])[]): string {
  const lines = rows.map(
    ([name, ...cells]) =>
      `<tr><th>${escaped(name!)}</th>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table class="plain"><tr>${titles!.map((title) => `<th>${escaped(title)}</th>`).join('')}</tr>\n${lines.join('\n')}</table></div>`;
}

/** How many rows of each class were predicted as each. */
function confusionTable({ heldOut: { target, predicted } }: Trained): string {
  const { classes } = target as ClassTarget;
  const { counts } = confusionOf(classes, predicted);
  const mistakes = Math.max(1, ...counts.flatMap((list, i) => list.filter((_, j) => i !== j)));
  const most = Math.max(1, ...counts.map((list, i) => list[i]!));
  const cell = (count: number, isRight: boolean) => {
    const strength = Math.round((50 * count) / (isRight ? most : mistakes));
    const color = `color-mix(in srgb, var(--${isRight ? 'blue' : 'orange'}) ${strength}%, transparent)`;
    return `<td style="background: ${color}">${count === 0 ? '' : numberText(count)}</td>`;
  };
  const rows = counts.map(
    (list, i) =>
      `<tr><th>${escaped(String(classes[i]))}</th>${list.map((count, j) => cell(count, i === j)).join('')}</tr>`,
  );
  return `<h2>Confusion matrix</h2>
<div class="wide"><table class="plain"><tr><th></th>${classes.map((one) => `<th>${escaped(String(one))}</th>`).join('')}</tr>
${rows.join('\n')}</table></div>
<p>Rows are true classes, columns are predicted classes.</p>`;
}
