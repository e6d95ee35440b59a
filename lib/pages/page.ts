import { script as drawing } from './client_script.js';
import type { Figure } from './figure.js';
import { escaped } from './markup.js';
import { style } from './style.js';

/** A page: one file with its figures as data, and the script that draws them. */
export interface Page {
  readonly title: string;
  /** The HTML body of the page. `figureHtml` makes the elements of its figures. */
  readonly body: string;
  /** CSS in addition to that of all pages. */
  readonly style?: string | undefined;
  /** The figures of each section of the page, by its name. */
  readonly figures: Readonly<Record<string, readonly Figure[]>>;
  /** Its script. Default: the one that draws its figures. */
  readonly script?: string | undefined;
}

/** The HTML of a page. It needs neither a network nor a server. Texts and captions are readable without its script. */
export function pageHtml({ title, body, style: more = '', figures, script = drawing }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${style}${more}</style>
</head>
<body>
${body}
${Object.entries(figures)
  .flatMap(([section, list]) => list.map((figure) => dataHtml(section, figure)))
  .join('\n')}
<script>${script}</script>
</body>
</html>
`;
}

/** The data of a figure, which the script reads when it draws the figure. */
const dataHtml = (section: string, figure: Figure) =>
  `<script type="application/json" class="figure" data-section="${escaped(section)}" data-name="${escaped(figure.name)}">${jsonOf(figure)}</script>`;

/** A figure as JSON that is safe within HTML. Numbers that are not finite become null. */
const jsonOf = (figure: Figure): string => JSON.stringify(figure, rounded).replaceAll('<', '\\u003c');

/** Rounds to seven digits, more than a plot can show at half the length. Contour values have four digits. */
function rounded(key: string, value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? Number(value.toPrecision(7)) : null;
  if (key === 'values' && Array.isArray(value)) return value.map((one: number) => Number(one.toPrecision(4)));
  return value;
}
