import { figureHtml } from '../pages/index.js';
import { typeset } from '../pages/typeset.js';
import type { Experiment } from './experiment.js';
import { type PlaygroundName, playgrounds } from './playgrounds/index.js';
import { initialValues } from './playgrounds/playground.js';

/** The HTML of an experiment's playgrounds: their texts. The page's script adds sliders and draws the figures. */
export const playgroundsHtml = ({ playgrounds = [] }: Experiment): string => playgrounds.map(place).join('\n');

function place(name: PlaygroundName): string {
  const { title, about, figures, starts } = playgrounds[name];
  const first = figures(initialValues(playgrounds[name]), starts?.initial ?? []);
  return `<div class="playground" data-playground="${name}">
<h3>Try it: ${typeset(title)}</h3>
<p>${typeset(about)}</p>
<div class="figures">
${first.map((figure) => figureHtml(name, figure)).join('\n')}
</div>
</div>`;
}
