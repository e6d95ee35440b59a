import fs from 'node:fs/promises';
import * as Plot from '@observablehq/plot'; // plots as SVG from plain data; from the makers of D3
import { runtime } from 'glissade';
import { parseHTML } from 'linkedom'; // the few DOM calls that Plot makes, a tenth of jsdom's size
import { side } from './data.mjs';

const { document } = parseHTML('<html><body></body></html>');

/**
 * @typedef {{ history: import('glissade').History, reads: import('./outcome.mjs').Read[], confusion: number[][], accuracy: number,
 *   batchSize: number, rule: import('glissade').Rule, trainingRows: number }} Outcome
 */

/**
 * Writes one HTML file that needs nothing else.
 *
 * @param {string} file
 * @param {Outcome} outcome
 */
export async function writeReport(file, outcome) {
  await fs.writeFile(file, page(outcome));
}

/**
 * The curves of training and validation over the epochs.
 *
 * @param {import('glissade').EpochReport[]} epochs
 * @param {'loss' | 'accuracy'} score
 * @param {object} scale
 */
function curves(epochs, score, scale) {
  const points = epochs.flatMap((epoch) => [
    { epoch: epoch.epoch, value: epoch[score], of: 'training' },
    { epoch: epoch.epoch, value: epoch.validation?.[score], of: 'validation' },
  ]);
  return svg({
    width: 520,
    height: 320,
    marginLeft: 56,
    marginBottom: 44,
    x: { label: 'epoch', labelOffset: 40, ticks: Math.min(epochs.length, 10), tickFormat: 'd' },
    y: { grid: true, ...scale },
    color: { domain: ['training', 'validation'], range: ['var(--training)', 'var(--validation)'] },
    marks: [
      Plot.lineY(points, { x: 'epoch', y: 'value', stroke: 'of', strokeWidth: 2 }),
      Plot.dot(points, { x: 'epoch', y: 'value', fill: 'of', r: 2 }),
    ],
  });
}

/** @param {number[][]} confusion */
function confusionPlot(confusion) {
  const cells = confusion.flatMap((row, label) => row.map((count, guess) => ({ label, guess, count })));
  const mistakes = Math.max(1, ...cells.filter(({ label, guess }) => label !== guess).map(({ count }) => count));
  return svg({
    width: 520,
    height: 480,
    padding: 0.06,
    marginTop: 48,
    x: { type: 'band', label: 'read as', axis: 'top', labelOffset: 44 },
    y: { type: 'band', label: 'digit' },
    marks: [
      Plot.cell(cells, {
        x: 'guess',
        y: 'label',
        fill: (/** @type {typeof cells[0]} */ { label, guess }) =>
          label === guess ? 'var(--training)' : 'var(--validation)',
        fillOpacity: (/** @type {typeof cells[0]} */ { label, guess, count }) =>
          label === guess ? 0.35 : (0.6 * count) / mistakes,
        rx: 3,
      }),
      Plot.text(
        cells.filter(({ count }) => count > 0),
        { x: 'guess', y: 'label', text: 'count', fill: 'currentColor', fontSize: 12 },
      ),
    ],
    opacity: { type: 'identity' },
  });
}

/** @param {object} options */
function svg(options) {
  const figure = Plot.plot({ ...options, document, style: { fontSize: '12px' } });
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  figure.setAttribute('role', 'img');
  return figure.outerHTML;
}

/**
 * A digit in ink: one path for each of a few shades.
 *
 * @param {Uint8Array} image
 */
function drawing(image) {
  const shades = 4;
  const paths = Array.from({ length: shades }, () => '');
  for (const [i, value] of image.entries()) {
    const shade = Math.ceil((value / 255) * shades);
    if (shade > 0) paths[shade - 1] += `M${i % side} ${Math.floor(i / side)}h1v1h-1z`;
  }
  const inked = paths.map((d, i) => (d === '' ? '' : `<path d="${d}" opacity="${(i + 1) / shades}"/>`));
  return `<svg viewBox="0 0 ${side} ${side}" fill="currentColor" shape-rendering="crispEdges" aria-hidden="true">${inked.join('')}</svg>`;
}

/** @param {import('./outcome.mjs').Read[]} reads */
function misread(reads) {
  const wrong = reads.filter(({ label, guess }) => label !== guess).sort((a, b) => b.probability - a.probability);
  const figures = wrong
    .slice(0, 30)
    .map(
      ({ image, label, guess, probability }) =>
        `<figure>${drawing(image)}<figcaption>a ${label}, read as <b>${guess}</b><br>${(100 * probability).toFixed(0)} % sure</figcaption></figure>`,
    );
  return `<h2>Misread digits</h2>
<p>${wrong.length} of ${reads.length} were misread; these are the ones that the network was surest of.</p>
<div class="digits">${figures.join('\n')}</div>`;
}

/** @param {Outcome} outcome */
function page({ history, reads, confusion, accuracy, batchSize, rule, trainingRows }) {
  const { version, instructionSet, threads } = runtime();
  const seconds = history.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const rate = (history.epochs.length * trainingRows) / seconds;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Handwritten digits, read by glissade</title>
<style>
:root { color-scheme: light dark; --training: #2563eb; --validation: #d9480f; --page: #fff; --ink: #1c1c22; --quiet: #5c5f6b; --line: #d8dae2; }
@media (prefers-color-scheme: dark) {
  :root { --training: #7aa8ff; --validation: #ff9e5e; --page: #15161b; --ink: #e8e9ee; --quiet: #a3a7b5; --line: #363944; }
}
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
p { color: var(--quiet); max-width: 46rem; } p b { color: var(--ink); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; }
.plots figure { margin: 0; } .plots svg { width: 100%; height: auto; background: none; }
.plots figcaption, .legend { color: var(--quiet); font-size: 0.9rem; }
.legend i { display: inline-block; width: 1.2em; height: 0.25em; border-radius: 2px; margin: 0 0.4em 0.2em 1em; vertical-align: middle; }
.legend i:first-child { margin-left: 0; }
.confusion { max-width: 34rem; }
.digits { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: 1rem; }
.digits figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem; text-align: center; }
.digits svg { width: 5rem; height: 5rem; } .digits figcaption { font-size: 0.8rem; color: var(--quiet); } .digits b { color: var(--validation); }
</style>
</head>
<body>
<h1>${(100 * accuracy).toFixed(2)} % of ${reads.length.toLocaleString('en')} held-out digits read rightly</h1>
<p>A network of 784-128-10 units learned from ${trainingRows.toLocaleString('en')} handwritten digits in <b>${seconds.toFixed(2)} s</b>:
${history.epochs.length} epochs in minibatches of ${batchSize} under ${rule.name}, at <b>${Math.round(rate).toLocaleString('en')} examples/s</b>.
Made with glissade ${version}, ${instructionSet} kernels, ${threads} threads.</p>

<h2>Learning curves</h2>
<p class="legend"><i style="background: var(--training)"></i>training, as it went <i style="background: var(--validation)"></i>held-out digits, at the end of each epoch</p>
<div class="plots">
<figure>${curves(history.epochs, 'loss', { label: 'cross-entropy (nats)', zero: true })}<figcaption>The mean loss of an epoch.</figcaption></figure>
<figure>${curves(history.epochs, 'accuracy', { label: 'accuracy (%)', percent: true })}<figcaption>The share of digits read rightly.</figcaption></figure>
</div>

<h2>What was taken for what</h2>
<div class="plots confusion"><figure>${confusionPlot(confusion)}<figcaption>Rows are digits, columns what the network reads; orange cells are mistakes.</figcaption></figure></div>

${misread(reads)}
</body>
</html>
`;
}
