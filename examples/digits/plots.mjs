import * as Plot from '@observablehq/plot'; // plots as SVG from plain data; from the makers of D3
import { parseHTML } from 'linkedom'; // the few DOM calls that Plot makes, a tenth of jsdom's size

const { document } = parseHTML('<html><body></body></html>');

/** Layout of the two plots that have a row for each digit, so that their rows line up. */
const rows = { height: 440, marginTop: 44, marginBottom: 12, y: { type: 'band', label: 'digit' }, padding: 0.06 };

/** @param {object} options */
function svg(options) {
  const figure = Plot.plot({ width: 460, ...options, document, style: { fontSize: '12px' } });
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  figure.setAttribute('role', 'img');
  return figure.outerHTML;
}

/**
 * The curves of training and validation over the epochs.
 *
 * @param {import('glissade').EpochReport[]} epochs
 * @param {'loss' | 'accuracy'} score
 * @param {object} scale
 */
export function curves(epochs, score, scale) {
  const points = epochs.flatMap((epoch) => [
    { epoch: epoch.epoch, value: epoch[score], of: 'training' },
    { epoch: epoch.epoch, value: epoch.validation?.[score], of: 'validation' },
  ]);
  const every = Math.ceil(epochs.length / 10);
  const ticks = epochs.map(({ epoch }) => epoch).filter((epoch) => epoch % every === 0);
  return svg({
    height: 300,
    marginTop: 28,
    marginLeft: 52,
    marginBottom: 44,
    grid: true,
    x: { label: 'epoch', labelOffset: 40, ticks, tickFormat: 'd' },
    y: { nice: true, ...scale },
    color: { domain: ['training', 'validation'], range: ['var(--training)', 'var(--validation)'] },
    marks: [
      Plot.lineY(points, { x: 'epoch', y: 'value', z: 'of', stroke: 'of', strokeWidth: 2 }),
      Plot.dot(points, { x: 'epoch', y: 'value', fill: 'of', r: epochs.length > 50 ? 0 : 2 }),
    ],
  });
}

/**
 * @typedef {{ label: number, guess: number, count: number }} Cell
 * @param {number[][]} confusion
 */
export function heatTable(confusion) {
  const cells = confusion.flatMap((row, label) => row.map((count, guess) => ({ label, guess, count })));
  const mistakes = Math.max(1, ...cells.filter(({ label, guess }) => label !== guess).map(({ count }) => count));
  const hue = (/** @type {Cell} */ { label, guess }) => (label === guess ? 'var(--training)' : 'var(--validation)');
  const strength = (/** @type {Cell} */ { label, guess, count }) => (label === guess ? 0.35 : (0.6 * count) / mistakes);
  const place = { x: 'guess', y: 'label' };
  return svg({
    ...rows,
    x: { type: 'band', label: 'read as', axis: 'top', labelOffset: 40 },
    opacity: { type: 'identity' },
    marks: [
      Plot.cell(cells, { ...place, fill: hue, fillOpacity: strength, rx: 3 }),
      Plot.text(
        cells.filter(({ count }) => count > 0),
        { ...place, text: 'count', fill: 'currentColor', fontSize: 12 },
      ),
    ],
  });
}

/**
 * Recall and precision of each digit.
 *
 * @param {number[][]} confusion
 */
export function recallAndPrecision(confusion) {
  const sum = (/** @type {number[]} */ counts) => counts.reduce((a, b) => a + b, 0);
  const shares = confusion.map((row, digit) => ({
    digit,
    recall: row[digit] / sum(row),
    precision: row[digit] / sum(confusion.map((other) => other[digit])),
  }));
  return svg({
    ...rows,
    marginRight: 28,
    x: { axis: 'top', label: 'share of digits (%)', labelOffset: 40, percent: true, nice: true, grid: true, ticks: 6 },
    marks: [
      Plot.ruleY(shares, { y: 'digit', x1: 'recall', x2: 'precision', stroke: 'currentColor', strokeOpacity: 0.4 }),
      Plot.dot(shares, {
        y: 'digit',
        x: 'precision',
        r: 5,
        fill: 'var(--page)',
        stroke: 'currentColor',
        strokeWidth: 1.5,
      }),
      Plot.dot(shares, { y: 'digit', x: 'recall', r: 5, fill: 'currentColor' }),
    ],
  });
}
