import * as Plot from '@observablehq/plot'; // plots as SVG from plain data; from the makers of D3
import { parseHTML } from 'linkedom'; // the few DOM calls that Plot makes, a tenth of jsdom's size

const { document } = parseHTML('<html><body></body></html>');

export const width = 980;
export const labels = 300; // pixels to the left of the bars
export const values = 290; // and to their right

/** A plot of the page's width, as markup to be nested in it. */
export function plot(title, options) {
  const figure = Plot.plot({
    width,
    marginLeft: labels,
    marginRight: values,
    ...options,
    document,
    className: 'plot',
    style: { fontSize: '13px' },
  });
  return { title, height: options.height, markup: figure.outerHTML.replace(/<style>.*?<\/style>/s, '') }; // in page.mjs
}

const colors = { glissade: 'var(--ours)', limit: 'var(--limit)', onednn: 'var(--peer)', openblas: 'var(--second)' };

export const colorOf = ({ peer }) => colors[peer] ?? 'var(--peer)';
