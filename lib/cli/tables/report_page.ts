import os from 'node:os';
import { figureHtml, pageHtml } from '../../pages/index.js';
import { escaped } from '../../pages/markup.js';
import { runtime } from '../../runtime.js';
import { confusionOf } from '../../tables/evaluate.js';
import type { ClassTarget, SearchTrial, TableDescription, Trained } from '../../tables/index.js';
import { estimateText } from './estimate_text.js';
import { columnsStyle, columnsTable } from './report_columns.js';
import { calibrationFigure, importanceFigure, learningCurve, numberFigures } from './report_figures.js';
import { searchSection } from './report_search.js';

/** What was trained on, and the command that does it again. */
export interface ReportContext {
  readonly data: string;
  /** Of all rows that were read, also of those without a target. */
  readonly description: TableDescription;
  readonly command: string;
  /** Settings that were tried before. */
  readonly trials?: readonly SearchTrial[] | undefined;
}

/** Most classes of which a table shows what was taken for what. */
const mostClasses = 20;

/** Which rows are described: all, or a sample of those that several processes have read. */
const rowsDescribed = (described: number, all: number): string =>
  described === all
    ? `The ${all.toLocaleString('en')} rows`
    : `${described.toLocaleString('en')} of the ${all.toLocaleString('en')} rows, at equal distances,`;

/** The report of a training as a page that needs nothing else. */
export function reportPage(trained: Trained, { data, description, command, trials }: ReportContext): string {
  const { report, heldOut } = trained;
  const { target } = heldOut;
  const isNumber = target.task === 'regression';
  const figures = [
    learningCurve(trained),
    ...(isNumber ? numberFigures(trained) : [calibrationFigure(trained)]),
    importanceFigure(trained),
  ];
  const { version, instructionSet, threads } = runtime();
  const without =
    report.withoutTarget > 0 ? `; ${report.withoutTarget.toLocaleString('en')} rows have no value of it` : '';
  return pageHtml({
    title: `${report.target} of ${data}`,
    style: `${style}${columnsStyle}`,
    figures: { report: figures },
    body: `<h1>${escaped(report.target)}, predicted from ${escaped(data)}</h1>
<p>${verdictOf(trained)}</p>
<p>${report.rows.toLocaleString('en')} rows${without}. The model is ${report.chosen === 'linear' ? 'linear' : `a network with hidden layers of ${report.hidden.join(' and ')}`}, with ${report.parameters.toLocaleString('en')} parameters, after ${report.epochs} passes over the rows in minibatches of ${report.batchSize}, by ${report.rule}. The learning rate is ${report.learningRate} in all steps${report.weightDecay > 0 ? `, with a weight decay of ${report.weightDecay}` : ''}. Training took ${report.examplesPerSecond.toLocaleString('en')} rows a second. All of it, with what the model is compared with, took ${report.seconds.toFixed(1)} s: ${os.cpus()[0]?.model.trim() ?? 'unknown processor'}, ${instructionSet}, ${threads} thread${threads === 1 ? '' : 's'}, glissade ${version}.</p>
<h2>Scores on rows that were not trained on</h2>
${scoresTable(trained)}
<p>${report.heldOut === 'cross-validated' ? 'Each row was held out once, and predicted by models trained on the others.' : 'A part of the rows was held out.'} Intervals are of 95 %, over the rows.</p>
<div class="figures">
${figures.map((figure) => figureHtml('report', figure)).join('\n')}
</div>
${isNumber || target.classes.length > mostClasses ? '' : confusionTable(trained)}
<h2>Columns</h2>
<p>${rowsDescribed(description.rows, report.rows + report.withoutTarget)} as they were read. What shuffling a column costs is the increase of the loss of held-out rows.</p>
${columnsTable(trained, description)}
${trials ? searchSection(report, trials) : ''}
<h2>Again</h2>
<pre>${escaped(command)}</pre>
<p>On the same rows it makes the same model, unless Ctrl-C or a limit of time ends a search or a training.</p>
<details><summary>Everything that was found, as JSON</summary><pre>${escaped(JSON.stringify({ ...report, columns: description.columns }, null, 1))}</pre></details>`,
  });
}

const style = `
table.plain { border-collapse: collapse; }
h1 { overflow-wrap: anywhere; }
table.plain th, table.plain td { padding: 0.2em 0.9em 0.2em 0; text-align: left; vertical-align: top; white-space: nowrap; }
table.plain td { font-variant-numeric: tabular-nums; }
.wide, pre { overflow-x: auto; }
`;

/** One sentence on whether the network is worth it. */
export function verdictOf({ report: { worth, chosen, stopped } }: Pick<Trained, 'report'>): string {
  const early = stopped ? ' Training was ended early, so a longer one may say otherwise.' : '';
  if (worth) return `The network is better than a linear model.${early}`;
  const kept =
    chosen === 'linear' ? 'The linear model is kept.' : 'The network is kept, whose loss is a little smaller.';
  return `The network is not worth it: a linear model is as good, as far as these rows tell. ${kept}${early}`;
}

function scoresTable({ report: { scores } }: Trained): string {
  const rows = Object.keys(scores.network).map(
    (name) =>
      `<tr><th>${name}</th>${(['constant', 'linear', 'network'] as const).map((one) => `<td>${estimateText(scores[one][name]!)}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table class="plain"><tr><th></th><th>a constant</th><th>linear</th><th>network</th></tr>\n${rows.join('\n')}</table></div>`;
}

/** How many rows of which class were taken for which. */
function confusionTable({ heldOut: { target, predicted } }: Trained): string {
  const { classes } = target as ClassTarget;
  const { counts } = confusionOf(classes, predicted.predictions, predicted.truths);
  const mistakes = Math.max(1, ...counts.flatMap((list, i) => list.filter((_, j) => i !== j)));
  const most = Math.max(1, ...counts.map((list, i) => list[i]!));
  const cell = (count: number, isRight: boolean) => {
    const strength = Math.round((50 * count) / (isRight ? most : mistakes));
    const color = `color-mix(in srgb, var(--${isRight ? 'blue' : 'orange'}) ${strength}%, transparent)`;
    return `<td style="background: ${color}">${count === 0 ? '' : count}</td>`;
  };
  const rows = counts.map(
    (list, i) =>
      `<tr><th>${escaped(String(classes[i]))}</th>${list.map((count, j) => cell(count, i === j)).join('')}</tr>`,
  );
  return `<h2>What was taken for what</h2>
<div class="wide"><table class="plain"><tr><th></th>${classes.map((one) => `<th>${escaped(String(one))}</th>`).join('')}</tr>
${rows.join('\n')}</table></div>
<p>Rows are the true classes, columns the predicted ones.</p>`;
}
