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

/** What a live page shows. */
export interface LivePage {
  readonly experiments: readonly Experiment[];
  /** The default size of runs. */
  readonly size: 'full' | 'small';
  /** What runs them, in a sentence. */
  readonly engine: string;
  /** Data for a race, besides the user's tables. Without the list, there is no race. */
  readonly raceData?: readonly string[] | undefined;
  /** Why an experiment can't run in this page, by its name. */
  readonly refusals?: Readonly<Record<string, string>>;
  /** Initial values other than the defaults, by name; of a page of one experiment. */
  readonly initial?: {
    readonly settings: Readonly<Record<string, number>>;
    readonly counterModel?: string | undefined;
  };
  /** Further elements. */
  readonly parts?: string;
}

/** A page of experiments that run. Its script makes the sliders and requests runs. */
export function livePage(page: LivePage): string {
  const { experiments, engine, raceData, refusals = {}, parts = '' } = page;
  const isOne = experiments.length === 1;
  const title = isOne ? experiments[0]!.title : 'Optimisation for deep networks: a lecture that runs';
  return pageHtml({
    title: isOne ? title : 'The laboratory, live',
    figures: {},
    style: liveStyle,
    script,
    body: `${isOne ? '' : contents(experiments, raceData !== undefined)}
<main>
<h1>${escaped(title)}</h1>
<p class="quiet">Each experiment runs when it comes into view, and again when one of its settings changes. ${engine}</p>
<p id="connection" role="status" hidden></p>
${experiments.map((experiment) => section(experiment, page, refusals[experiment.name])).join('\n')}
${raceData ? raceSection : ''}
</main>
<script type="application/json" id="live">${JSON.stringify(dataOf(page)).replaceAll('<', '\\u003c')}</script>
${parts}`,
  });
}

/** Data for a race that are installed on this machine. */
export const installedRaceData = (): string[] =>
  dataNames.filter((name) => name !== 'fashion-mnist' || fashionMnistFolder() !== undefined);

const contents = (experiments: readonly Experiment[], hasRace: boolean) =>
  `<nav class="contents"><details open><summary>Contents</summary>
<ol>
${experiments.map(({ name, number, title }) => `<li><a href="#${name}"><span>${number}</span><span>${escaped(title)}</span><span class="verdict"></span></a></li>`).join('\n')}
${hasRace ? '<li><a href="#race"><span></span><span>Race: rules on your data</span></a></li>' : ''}
</ol></details></nav>`;

const section = (
  experiment: Experiment,
  { size, experiments }: LivePage,
  refusal: string | undefined,
) => `<section id="${experiment.name}" class="live" data-command="npx glissade lab ${experiment.name}${size === 'small' ? ' --small' : ''}">
${experiments.length === 1 ? '' : `<h2>${experiment.number}. ${escaped(experiment.title)}</h2>`}
${introduction(experiment)}
<noscript><p>This page needs its script. <code>npx glissade lab ${experiment.name}</code> runs the experiment without one.</p></noscript>
${refusal === undefined ? '' : `<p class="fails">${escaped(refusal)}</p>`}
<div class="controls"${refusal === undefined ? '' : ' hidden'}></div>
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

const dataOf = ({ experiments, size, raceData, refusals = {}, initial }: LivePage): LiveData => ({
  experiments: Object.fromEntries(
    experiments
      .filter(({ name }) => refusals[name] === undefined)
      .map(({ name, settings }) => [name, liveSettings(settings, size, initial?.settings)]),
  ),
  size,
  ...(initial?.counterModel !== undefined && { counterModel: initial.counterModel }),
  ...(raceData && {
    race: {
      settings: liveSettings(raceSettings, size),
      data: raceData,
      rules: choosableRules(),
      entrants: usualChoices,
      mostEntrants,
    },
  }),
});

const liveSettings = (
  settings: Readonly<Record<string, Setting>>,
  size: 'full' | 'small',
  initial: Readonly<Record<string, number>> = {},
): LiveSetting[] =>
  Object.entries(settings).map(([key, { about, least, most, values, scale, ...defaults }]) => ({
    key,
    option: optionFor(key),
    about: typeset(about),
    least,
    most,
    values,
    scale,
    value: defaults[size],
    ...(key in initial && { initial: initial[key]! }),
  }));

/** The Content-Security-Policy of live pages. */
export const livePolicy: string = policyOf(script);
