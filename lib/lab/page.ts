import { checkArray } from '../checks/lists.js';
import { invalid } from '../checks/shown.js';
import { runtime } from '../index.js';
import { formulaHtml } from '../pages/formula.js';
import { figureHtml, pageHtml } from '../pages/index.js';
import { escaped } from '../pages/markup.js';
import { typeset } from '../pages/typeset.js';
import { checkTable, countOf, mark } from './check_table.js';
import type { Experiment } from './experiment.js';
import { experimentNamed } from './named.js';
import { playgroundsHtml } from './playground_place.js';
import type { ExperimentReport } from './run.js';
import { optionFor } from './setting.js';

/**
 * A self-contained HTML page of experiment reports. It contains their data and draws them in the browser, where readers
 * can point at values, hide curves, switch scales and play trajectories, in light and dark.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if `reports` is not a list of reports.
 */
export function labPage(reports: readonly ExperimentReport[]): string {
  for (const report of checkArray('reports', reports) as readonly ExperimentReport[])
    if (!Array.isArray(report?.figures) || !Array.isArray(report.checks))
      throw invalid('each of reports', 'what runExperiment returns', report);
  const isOne = reports.length === 1;
  const title = isOne ? reports[0]!.title : 'Optimisation for deep networks: a lecture as experiments';
  return pageHtml({
    title,
    body: bodyOf(reports, title, isOne),
    figures: Object.fromEntries(reports.map(({ name, figures }) => [name, figures])),
  });
}

function bodyOf(reports: readonly ExperimentReport[], title: string, isOne: boolean): string {
  const { version, instructionSet, threads } = runtime();
  const checks = reports.flatMap((report) => report.checks);
  const seconds = reports.reduce((sum, report) => sum + report.seconds, 0);
  const failed = checks.some(({ holds }) => !holds);
  return `${isOne ? '' : contents(reports)}
<main>
<h1>${escaped(title)}</h1>
<p class="quiet">${isOne ? 'An experiment' : `${reports.length} experiments`} of the lecture “Optimization for Deep Networks”: <b class="${failed ? 'fails' : 'holds'}">${countOf(checks)}</b>.
Run in ${seconds.toFixed(1)} s by glissade ${version}, ${instructionSet} kernels, ${threads} ${threads === 1 ? 'thread' : 'threads'}.</p>
${reports.map((report) => section(report, isOne)).join('\n')}
</main>`;
}

const contents = (reports: readonly ExperimentReport[]) =>
  `<nav class="contents"><details open><summary>Contents</summary>
<ol>
${reports.map(({ name, title, holds }) => `<li><a href="#${name}"><span>${experimentNamed(name).number}</span><span>${escaped(title)}</span>${mark(holds)}</a></li>`).join('\n')}
</ol></details></nav>`;

function section(report: ExperimentReport, isOne: boolean): string {
  const experiment = experimentNamed(report.name);
  return `<section id="${report.name}">
${isOne ? '' : `<h2>${experiment.number}. ${escaped(report.title)}</h2>`}
${introduction(experiment)}
<div class="figures">
${report.figures.map((figure) => figureHtml(report.name, figure)).join('\n')}
</div>
${report.findings.map((finding) => `<p>${typeset(finding)}</p>`).join('\n')}
${playgroundsHtml(experiment)}
${checkTable(report.checks)}
${settingsList(report)}
</section>`;
}

/** The question of an experiment, with its formulas, slides and sources. */
export function introduction({ slides, question, formulas, sources, errata = [] }: Experiment): string {
  return `<p class="question">${typeset(question)}</p>
${formulas.map((formula) => `<p class="formula">${formulaHtml(formula)}</p>`).join('\n')}
<p class="quiet">Slides: ${slides.map(({ title, claim }) => `<i>${escaped(title)}</i> (${typeset(claim)})`).join('; ')}.<br>
Sources: ${sources.map(escaped).join('; ')}.</p>
${errata.map((erratum) => `<p><b>Erratum.</b> ${typeset(erratum)}</p>`).join('\n')}`;
}

function settingsList({ name, settings, seconds }: ExperimentReport): string {
  const described = experimentNamed(name).settings;
  const entries = Object.entries(settings);
  const list = entries.map(
    ([key, value]) => `<li><code>${optionFor(key)} ${value}</code> ${typeset(described[key]!.about)}</li>`,
  );
  const command = [`npx glissade lab ${name}`, ...entries.map(([key, value]) => `${optionFor(key)} ${value}`)].join(
    ' ',
  );
  return `<details><summary>Settings; it took ${seconds.toFixed(1)} s</summary>
<ul>
${list.join('\n')}
</ul>
<p><code class="command">${escaped(command)}</code></p></details>`;
}
