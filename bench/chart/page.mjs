import { width } from './svg.mjs';

const margin = 24;

const style = `
  svg { font: 13px system-ui, sans-serif; --page: #fff; --ink: #1c1c22; --quiet: #5c5f6b;
    --ours: #2f6fd6; --peer: #d9702f; --second: #2a9d6f; --limit: #9a9dab; color: var(--ink); fill: currentColor; }
  .plot text { white-space: pre; }
  @media (prefers-color-scheme: dark) {
    svg { --page: #14181d; --ink: #e6e9ed; --quiet: #a0a9b4;
      --ours: #78a9ff; --peer: #f0985c; --second: #5cc79a; --limit: #6d7280; }
  }
  .page { fill: var(--page); }
  .title { font-size: 19px; font-weight: 600; }
  .section { font-size: 16px; font-weight: 600; }
  .row { font-weight: 600; }
  .quiet { fill: var(--quiet); }`;

/** A self-contained SVG for light and dark pages: sections of plots below each other. */
export function stacked({ title, subtitle, sections }) {
  const parts = [text('title', 36, title), text('quiet', 58, subtitle)];
  let y = 70;
  for (const section of sections) {
    y += 36;
    parts.push(text('section', y, section.title));
    for (const line of section.lines) {
      y += 20;
      parts.push(text('quiet', y, line));
    }
    y += 4;
    for (const { title, height, markup } of section.plots) {
      y += 28;
      parts.push(text('row', y, title));
      y += 8;
      parts.push(markup.replace('<svg', `<svg aria-hidden="true" x="${margin}" y="${y}"`));
      y += height;
    }
  }
  const size = [width + 2 * margin, y + margin];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${size.join(' ')}" width="${size[0]}" height="${size[1]}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}\n</style>`,
    `<rect class="page" width="100%" height="100%"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

const text = (kind, y, content) => `<text class="${kind}" x="${margin}" y="${y}">${escaped(content)}</text>`;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
