import { pageHtml } from '../../pages/index.js';
import { escaped } from '../../pages/markup.js';
import { policyOf } from '../../pages/policy.js';
import { typeset } from '../../pages/typeset.js';
import type { Experiment } from '../experiment.js';
import { fashionMnistFolder } from '../fashion_mnist.js';
import { introduction } from '../page.js';
import { playgroundsHtml } from '../playground_place.js';
import { mostEntrants } from '../race/entrants.js';
import { choosableRules, usualChoices } from '../race/rules.js';
import { raceSettings } from '../race/settings.js';
import { dataNames } from '../race/tasks.js';
import { optionFor, type Setting } from '../setting.js';
import type { LiveData, LiveSetting } from './live_data.js';
import { script } from './live_script.js';
import { liveStyle } from './live_style.js';

/** The live page. Its script makes the sliders and requests runs. */
export const livePage = (experiments: readonly Experiment[], size: 'full' | 'small'): string =>
  pageHtml({
    title: 'The laboratory, live',
    figures: {},
    style: liveStyle,
    script,
    body: `<nav class="contents"><details open><summary>Contents</summary>
<ol>
${experiments.map(({ name, number, title }) => `<li><a href="#${name}"><span>${number}</span><span>${escaped(title)}</span><span class="verdict"></span></a></li>`).join('\n')}
<li><a href="#race"><span></span><span>Race: rules on your data</span></a></li>
</ol></details></nav>
<main>
<h1>Optimisation for deep networks: a lecture that runs</h1>
<p class="quiet">Each experiment runs when it comes into view, and again when one of its settings changes.</p>
<p id="connection" role="status" hidden></p>
${experiments.map((experiment) => section(experiment, size)).join('\n')}
${raceSection}
</main>
<script type="application/json" id="live">${JSON.stringify(dataOf(experiments, size)).replaceAll('<', '\\u003c')}</script>`,
  });

const section = (
  experiment: Experiment,
  size: 'full' | 'small',
) => `<section id="${experiment.name}" class="live" data-command="npx glissade lab ${experiment.name}${size === 'small' ? ' --small' : ''}">
<h2>${experiment.number}. ${escaped(experiment.title)}</h2>
${introduction(experiment)}
<noscript><p>This page needs its script. <code>npx glissade lab ${experiment.name}</code> runs the experiment without one.</p></noscript>
<div class="controls"></div>
<div class="figures"></div>
<div class="findings"></div>
<div class="verdicts"></div>
</section>
${playgroundsHtml(experiment)}`;

const raceSection = `<section id="race" class="live">
<h2>Race</h2>
<p class="question">Which rule is first on your data? Each entrant trains several networks with one hidden layer, from the same initial weights, on the same minibatches.</p>
<noscript><p>This page needs its script.</p></noscript>
<div class="controls"></div>
<div class="figures"></div>
<div class="findings"></div>
</section>`;

const dataOf = (experiments: readonly Experiment[], size: 'full' | 'small'): LiveData => ({
  experiments: Object.fromEntries(experiments.map(({ name, settings }) => [name, liveSettings(settings, size)])),
  race: {
    settings: liveSettings(raceSettings, size),
    data: dataNames.filter((name) => name !== 'fashion-mnist' || fashionMnistFolder() !== undefined),
    rules: choosableRules(),
    entrants: usualChoices,
    mostEntrants,
  },
});

const liveSettings = (settings: Readonly<Record<string, Setting>>, size: 'full' | 'small'): LiveSetting[] =>
  Object.entries(settings).map(([key, { about, least, most, values, scale, ...defaults }]) => ({
    key,
    option: optionFor(key),
    about: typeset(about),
    least,
    most,
    values,
    scale,
    value: defaults[size],
  }));

/** The Content-Security-Policy of live pages. */
export const livePolicy: string = policyOf(script);
