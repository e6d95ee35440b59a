import type { Figure } from '../figure.js';
import { escaped } from '../markup.js';
import { colors } from '../style.js';
import { type LegendEntry, legendOf } from './colors.js';
import { drawn } from './drawing.js';

const lineHeight = 22;

/** Figures below each other, under a heading and lines of text. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  readonly figures: readonly Figure[];
}

/** A figure as a standalone SVG for light and dark, with title, legend and axis labels. */
export function picture(figure: Figure, width: number, document: Document): string {
  const { markup, height } = whole(figure, width, document);
  return svgOf(width, height, `<title>${escaped(figure.title)}</title><desc>${escaped(figure.caption)}</desc>`, [
    markup,
  ]);
}

/** Sections of figures as one picture. */
export function pictures(
  { title, lines, sections }: { title: string; lines: readonly string[]; sections: readonly Section[] },
  width: number,
  document: Document,
): string {
  const parts: string[] = [];
  let height = 8;
  const add = (line: string, style: string) => {
    height += lineHeight;
    parts.push(`<text x="12" y="${height}" ${style}>${escaped(line)}</text>`);
  };
  const begin = (title: string, lines: readonly string[], size: number) => {
    height += 12;
    add(title, `font-size="${size}" font-weight="600"`);
    for (const line of lines) add(line, 'fill="var(--quiet)"');
  };
  begin(title, lines, 20);
  for (const section of sections) {
    begin(section.title, section.lines, 18);
    for (const figure of section.figures) {
      const { markup, height: own } = whole(figure, width, document);
      parts.push(`<g transform="translate(0 ${height + 8})">${markup}</g>`);
      height += 8 + own;
    }
  }
  return svgOf(width, height + 12, `<title>${escaped(title)}</title>`, parts);
}

const style = `${colors.replaceAll(':root', 'svg')} svg { font: 13px system-ui, sans-serif; color: var(--ink); fill: currentColor; } .plot { background: none; overflow: visible; } .plot text { white-space: pre; }`;

const svgOf = (width: number, height: number, about: string, parts: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    about,
    `<style>${style}</style>`,
    '<rect width="100%" height="100%" fill="var(--page)"/>',
    ...parts,
    '</svg>\n',
  ].join('\n');

/** A figure with its title, legend and axis labels. */
function whole(figure: Figure, width: number, document: Document): { markup: string; height: number } {
  const { svg, height, frame } = drawn(figure, width, document);
  const { markup, lines } = legend(legendOf(figure.marks), width - 24);
  const top = 34 + lines * lineHeight + (figure.y.label === '' ? 0 : 18);
  const below = top + height + 24;
  const parts = [
    `<text x="12" y="24" font-size="16" font-weight="600">${escaped(figure.title)}</text>`,
    `<g transform="translate(12 34)">${markup}</g>`,
    `<text x="12" y="${top - 4}" fill="var(--quiet)">${escaped(figure.y.label)}</text>`,
    short(svg.outerHTML)
      .replace('<svg', `<svg y="${top}"`)
      .replace(/<style>.*?<\/style>/s, ''),
    `<text x="${(frame.left + frame.right) / 2}" y="${below - 8}" fill="var(--quiet)" text-anchor="middle">${escaped(figure.x.label)}</text>`,
  ];
  return { markup: parts.join('\n'), height: below };
}

/** Rounds coordinates in markup to tenths of pixels. */
const short = (markup: string) =>
  markup.replaceAll(/ (?:d|transform|[cxy][xy12]?)="[^"]*"/g, (attribute) =>
    attribute.replaceAll(/\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1)))),
  );

/** The entries of a legend in lines, by estimated widths of their texts. */
function legend(entries: readonly LegendEntry[], width: number): { markup: string; lines: number } {
  let [x, line] = [0, entries.length > 0 ? 1 : 0];
  const placed = entries.map(({ name, color, shape }) => {
    const size = 42 + 7.6 * name.length;
    if (x > 0 && x + size > width) [x, line] = [0, line + 1];
    const y = (line - 0.5) * lineHeight;
    const dash = { line: '', area: '', dots: '', dashed: ' stroke-dasharray="6,5"', dotted: ' stroke-dasharray="1.5,4"' }[shape]; // biome-ignore format: one line
    const sign =
      shape === 'dots'
        ? `<circle cx="${x + 10}" cy="${y}" r="4" style="fill: ${color}"/>`
        : shape === 'area'
          ? `<rect x="${x}" y="${y - 4}" width="20" height="8" style="fill: ${color}; opacity: 0.5"/>`
          : `<line x1="${x}" x2="${x + 20}" y1="${y}" y2="${y}" style="stroke: ${color}" stroke-width="2.5"${dash}/>`;
    const text = `<text x="${x + 26}" y="${y + 4.5}">${escaped(name)}</text>`;
    x += size;
    return sign + text;
  });
  return { markup: placed.join(''), lines: line };
}
