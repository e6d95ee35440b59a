import type { Figure } from './figure.js';
import { escaped } from './markup.js';
import { typeset } from './typeset.js';

/** The HTML element of a figure, in which the page's script draws it. */
export const figureHtml = (section: string, { name, title, caption }: Figure): string =>
  `<figure id="${escaped(`${section}-${name}`)}">
<h3>${typeset(title)}</h3>
<p class="drawn quiet">The page’s script draws this figure.</p>
<figcaption>${typeset(caption)}</figcaption>
</figure>`;
