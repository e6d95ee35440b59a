import os from 'node:os';
import { figureHtml, pageHtml } from '../../pages/index.js';
import { escaped } from '../../pages/markup.js';
import { runtime } from '../../runtime.js';
import type { ClassTarget, Estimate, SearchTrial, Trained, TrainReport } from '../../tables/index.js';
import { calibrationFigure, importanceFigure, learningCurve, numberFigures } from './report_figures.js';

/** What was trained on, and the command that does it again. */
export interface ReportContext {
  readonly data: string;
  readonly command: string;
  /** Settings that were tried before. */
  readonly trials?: readonly SearchTrial[] | undefined;
}

/** Most classes of which a table shows what was taken for what. */
const mostClasses = 20;

/** The report of a training as a page that needs nothing else. */
export function reportPage(trained: Trained, { data, command, trials }: ReportContext): string {
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
    style,
    figures: { report: figures },
    body: `<h1>${escaped(report.target)}, predicted from ${escaped(data)}</h1>
<p>${verdictOf(trained)}</p>
<p>${report.rows.toLocaleString('en')} rows${without}. The model is ${report.chosen === 'linear' ? 'linear' : `a network with hidden layers of ${report.hidden.join(' and ')}`}, with ${report.parameters.toLocaleString('en')} parameters, after ${report.epochs} passes over the rows in minibatches of ${report.batchSize}, by ${report.rule} at a learning rate of ${report.learningRate}${report.weightDecay > 0 ? ` with a weight decay of ${report.weightDecay}` : ''}, at ${report.examplesPerSecond.toLocaleString('en')} rows a second. Training and comparing took ${report.seconds.toFixed(1)} s: ${os.cpus()[0]?.model.trim() ?? 'unknown processor'}, ${instructionSet}, ${threads} threads, glissade ${version}.</p>
<h2>Scores on rows that were not trained on</h2>
${scoresTable(trained)}
<p>${report.heldOut === 'cross-validated' ? 'Each row was held out once, and predicted by models trained on the others.' : 'A part of the rows was held out.'} Intervals are of 95 %, over the rows.</p>
<div class="figures">
${figures.map((figure) => figureHtml('report', figure)).join('\n')}
</div>
${isNumber || target.classes.length > mostClasses ? '' : confusionTable(trained)}
<h2>Columns</h2>
${columnsTable(trained)}
${trials ? searchSection(report, trials) : ''}
<h2>Again</h2>
<pre>${escaped(command)}</pre>
<details><summary>Everything that was found, as JSON</summary><pre>${escaped(JSON.stringify(report, null, 1))}</pre></details>`,
  });
}

const style = `
table.plain { border-collapse: collapse; }
table.plain th, table.plain td { padding: 0.2em 0.9em 0.2em 0; text-align: left; vertical-align: top; }
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

/** What a search has chosen, and what that means for the scores. */
export function searchText({ heldOut }: TrainReport, trials: readonly SearchTrial[]): string {
  const [{ rule, hidden, learningRate, weightDecay }] = trials as readonly [SearchTrial, ...SearchTrial[]];
  const decay = weightDecay === undefined ? '' : `, weight decay ${short(weightDecay)}`;
  const tried = trials.filter(({ state }) => state !== 'not trained').length;
  const chosen = `Of ${tried} settings the search chose ${rule} at a learning rate of ${short(learningRate)}${decay}, hidden layers ${hidden.join(', ') || 'none'}.`;
  return heldOut === 'cross-validated'
    ? `${chosen} Rows that are held out in turn chose the setting too, so the network's scores are a little too good.`
    : chosen;
}

/** A number with its interval, to four digits. */
export const estimateText = ({ value, low, high }: Estimate): string =>
  `${short(value)} (${short(low)} to ${short(high)})`;

const short = (x: number): string => String(Number(x.toPrecision(4)));

function scoresTable({ report: { scores } }: Trained): string {
  const rows = Object.keys(scores.network).map(
    (name) =>
      `<tr><th>${name}</th>${(['constant', 'linear', 'network'] as const).map((one) => `<td>${estimateText(scores[one][name]!)}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table class="plain"><tr><th></th><th>a constant</th><th>linear</th><th>network</th></tr>\n${rows.join('\n')}</table></div>`;
}

function columnsTable({ report: { kinds, leftOut, importance, target } }: Trained): string {
  const byName = new Map(importance.map(({ column, increase }) => [column, increase]));
  const rows = Object.entries(kinds).map(([name, kind]) => {
    const increase = byName.get(name);
    const use = name === target ? 'is predicted' : leftOut.includes(name) ? 'not used' : 'is read';
    return `<tr><td>${escaped(name)}</td><td>${kind}</td><td>${use}</td><td>${increase ? estimateText(increase) : ''}</td></tr>`;
  });
  return `<div class="wide"><table class="plain"><tr><th>column</th><th>kind</th><th></th><th>what shuffling it costs</th></tr>\n${rows.join('\n')}</table></div>`;
}

function searchSection(report: TrainReport, trials: readonly SearchTrial[]): string {
  const rows = trials.map((one) => {
    const { trial, rule, learningRate, weightDecay, hidden, batchSize, loss, epochs, state } = one;
    const numbers = [learningRate, weightDecay, hidden.join(', '), batchSize, loss === null ? '' : short(loss), epochs];
    return `<tr>${[trial, rule, ...numbers, state].map((cell) => `<td>${cell ?? ''}</td>`).join('')}</tr>`;
  });
  const names = ['trial', 'rule', 'learning rate', 'weight decay', 'hidden', 'minibatch', 'loss', 'epochs', ''];
  return `<h2>Search</h2>
<p>${searchText(report, trials)} The loss is that on rows that decide when training ends.</p>
<div class="wide"><table class="plain"><tr>${names.map((name) => `<th>${name}</th>`).join('')}</tr>
${rows.join('\n')}</table></div>`;
}

/** How many rows of which class were taken for which. */
function confusionTable({ heldOut: { target, predicted } }: Trained): string {
  const { classes } = target as ClassTarget;
  const counts = classes.map(() => classes.map(() => 0));
  for (const [row, truth] of predicted.truths.entries()) {
    const own = predicted.predictions.subarray(row * classes.length, (row + 1) * classes.length);
    counts[truth]![own.indexOf(Math.max(...own))]! += 1;
  }
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
