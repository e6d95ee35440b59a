import { checkArray } from '../checks/lists.js';
import { invalid } from '../checks/shown.js';
import { type Drawing, type LegendEntry, loadDrawing } from '../pages/drawing.js';
import type { Figure } from '../pages/figure.js';
import { escaped } from '../pages/markup.js';
import { player } from '../pages/player.js';
import { style } from '../pages/style.js';
import { typeset } from '../pages/typeset.js';
import { runtime } from '../runtime.js';
import { boundsOf, type Check, shortened } from './check.js';
import { type ExperimentReport, experimentNamed } from './run.js';
import { optionFor } from './setting.js';

/**
 * A self-contained HTML page of experiment reports: vector plots, with colours for light and dark.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if `reports` is not a list of reports.
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if the optional packages that draw are not installed.
 */
export async function labPage(reports: readonly ExperimentReport[]): Promise<string> {
  for (const report of checkArray('reports', reports) as readonly ExperimentReport[])
    if (!Array.isArray(report?.figures) || !Array.isArray(report.checks))
      throw invalid('each of reports', 'what runExperiment returns', report);
  return (await pageWriter())(reports);
}

/** Loads the packages that draw, and returns a function that writes the pages of {@link labPage}. */
export async function pageWriter(): Promise<(reports: readonly ExperimentReport[]) => string> {
  const draw = await loadDrawing();
  return (reports) => pageOf(reports, draw);
}

function pageOf(reports: readonly ExperimentReport[], draw: (figure: Figure) => Drawing): string {
  const isOne = reports.length === 1;
  const title = isOne ? reports[0]!.title : 'Optimisation for deep networks: a lecture as experiments';
  const { version, instructionSet, threads } = runtime();
  const checks = reports.flatMap((report) => report.checks);
  const failed = checks.filter(({ holds }) => !holds).length;
  const seconds = reports.reduce((sum, report) => sum + report.seconds, 0);
  const outcome = failed === 0 ? `all ${checks.length} checks hold` : `${failed} of ${checks.length} checks fail`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="quiet">${isOne ? 'An experiment' : `${reports.length} experiments`} of the lecture “Optimization for Deep Networks”: <b class="${failed === 0 ? 'holds' : 'fails'}">${outcome}</b>.
Run in ${seconds.toFixed(1)} s by glissade ${version}, ${instructionSet} kernels, ${threads} ${threads === 1 ? 'thread' : 'threads'}.</p>
${isOne ? '' : contents(reports)}
${reports.map((report) => section(report, draw, isOne)).join('\n')}
<script>${player}</script>
</body>
</html>
`;
}

const contents = (reports: readonly ExperimentReport[]) =>
  `<ol>
${reports.map(({ name, title, holds }) => `<li><a href="#${name}">${escaped(title)}</a> ${mark(holds)}</li>`).join('\n')}
</ol>`;

const mark = (holds: boolean) => `<span class="${holds ? 'holds">✓' : 'fails">✗ fails'}</span>`;

function section(report: ExperimentReport, draw: (figure: Figure) => Drawing, isOne: boolean): string {
  const { number, slides, question, formulas, sources, errata = [] } = experimentNamed(report.name);
  return `<section id="${report.name}">
${isOne ? '' : `<h2>${number}. ${escaped(report.title)}</h2>`}
<p class="question">${typeset(question)}</p>
${formulas.map((formula) => `<p class="formula">${typeset(formula)}</p>`).join('\n')}
<p class="quiet">Slides: ${slides.map(({ title, claim }) => `<i>${escaped(title)}</i> (${typeset(claim)})`).join('; ')}.<br>
Sources: ${sources.map(escaped).join('; ')}.</p>
${errata.map((erratum) => `<p><b>Erratum.</b> ${typeset(erratum)}</p>`).join('\n')}
<div class="figures">
${report.figures.map((figure) => figureHtml(`${report.name}-${figure.name}`, figure, draw(figure))).join('\n')}
</div>
${report.findings.map((finding) => `<p>${typeset(finding)}</p>`).join('\n')}
${checkTable(report.checks)}
${settingsList(report)}
</section>`;
}

function figureHtml(id: string, { title, caption }: Figure, { svg, legend, diverges, steps }: Drawing): string {
  const cross = diverges ? '<span>✕ diverges: its numbers end there</span>' : '';
  const controls = `<div class="player" hidden><button type="button">▶ play</button>
<input type="range" min="0" max="${steps}" value="${steps}" aria-label="step"><output></output></div>`;
  return `<figure id="${id}"${steps > 0 ? ' class="stepped"' : ''}>
<h3>${typeset(title)}</h3>
<p class="legend">${legend.map(legendHtml).join('')}${cross}</p>
${svg}
${steps > 0 ? controls : ''}
<figcaption>${typeset(caption)}</figcaption>
</figure>`;
}

const legendHtml = ({ name, color, shape }: LegendEntry) =>
  `<span><i class="${shape}" style="color: ${color}"></i>${typeset(name)}</span>`;

const checkTable = (checks: readonly Check[]) => `<table>
<tr><th></th><th>checked</th><th>measured</th><th>must be</th></tr>
${checks
  .map(
    (check) =>
      `<tr><td>${mark(check.holds)}</td><td>${typeset(check.claim)}</td><td class="number">${shortened(check.measured)}</td><td class="number">${boundsOf(check)}</td></tr>`,
  )
  .join('\n')}
</table>`;

function settingsList({ name, settings, seconds }: ExperimentReport): string {
  const described = experimentNamed(name).settings;
  const list = Object.entries(settings).map(
    ([key, value]) => `<li><code>${optionFor(key)} ${value}</code> ${typeset(described[key]!.about)}</li>`,
  );
  return `<details><summary>Settings, which are options of <code>glissade lab ${escaped(name)}</code>; it took ${seconds.toFixed(1)} s</summary>
<ul>
${list.join('\n')}
</ul></details>`;
}
