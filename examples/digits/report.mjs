import fs from 'node:fs/promises';
import { runtime } from 'glissade';
import { misread } from './misread.mjs';
import { curves, heatTable, recallAndPrecision } from './plots.mjs';

/**
 * @typedef {{ history: import('glissade').History, reads: import('./outcome.mjs').Read[], confusion: number[][], accuracy: number,
 *   batchSize: number, rule: import('glissade').Rule, trainingRows: number, seed: number }} Outcome
 */

/**
 * Writes the report as one self-contained HTML file.
 *
 * @param {string} file
 * @param {Outcome} outcome
 */
export async function writeReport(file, outcome) {
  const style = await fs.readFile(new URL('report.css', import.meta.url), 'utf8');
  await fs.writeFile(file, page(outcome, style));
}

/** @param {Outcome} outcome */
function whatWasRun({ history, batchSize, rule, trainingRows, seed }) {
  const { version, instructionSet, threads } = runtime();
  const count = history.epochs.length;
  const seconds = history.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const rate = Math.round((count * trainingRows) / seconds);
  return `A 784-128-10 network learned from ${trainingRows.toLocaleString('en')} handwritten digits in <b>${seconds.toFixed(2)} s</b>:
${count} ${count === 1 ? 'epoch' : 'epochs'} in minibatches of ${batchSize} under ${rule.name}, at <b>${rate.toLocaleString('en')} examples/s</b>, seed ${seed}.
Made with glissade ${version}, ${instructionSet} kernels, ${threads} ${threads === 1 ? 'thread' : 'threads'}.`;
}

/**
 * @param {Outcome} outcome
 * @param {string} style
 */
function page(outcome, style) {
  const { history, reads, confusion, accuracy } = outcome;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Handwritten digits, read by glissade</title>
<style>
${style}</style>
</head>
<body>
<h1>${(100 * accuracy).toFixed(2)} % of ${reads.length.toLocaleString('en')} held-out digits read correctly</h1>
<p>${whatWasRun(outcome)}</p>

<h2>Learning curves</h2>
<p class="legend"><span><i style="background: var(--training)"></i>training: mean over the epoch, as it went</span>
<span><i style="background: var(--validation)"></i>validation: held-out digits, after the epoch</span></p>
<div class="plots">
<figure>${curves(history.epochs, 'loss', { label: 'cross-entropy (nats)', zero: true })}</figure>
<figure>${curves(history.epochs, 'accuracy', { label: 'accuracy (%)', percent: true })}</figure>
</div>

<h2>What was taken for what</h2>
<div class="plots">
<figure>${heatTable(confusion)}
<figcaption>Rows are digits, columns what the network reads. Orange cells are mistakes.</figcaption></figure>
<figure>${recallAndPrecision(confusion)}
<figcaption>● recall: how many of a digit were read as it. ○ precision: how many that were read as it are it.</figcaption></figure>
</div>

${misread(reads)}
</body>
</html>
`;
}
