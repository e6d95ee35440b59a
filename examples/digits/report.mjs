import fs from 'node:fs/promises';
import { runtime } from 'glissade';
import { figureHtml, pageHtml } from 'glissade/pages';
import { learningCurve, recallAndPrecision } from './figures.mjs';
import { misread } from './misread.mjs';

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
 * How often each digit was read as which, as a table with darker cells for higher counts.
 *
 * @param {number[][]} confusion
 */
function confusionTable(confusion) {
  const mistakes = Math.max(1, ...confusion.flatMap((row, label) => row.filter((_, guess) => guess !== label)));
  const cell = (/** @type {number} */ count, /** @type {boolean} */ isRight) => {
    const strength = isRight ? 35 : Math.round((60 * count) / mistakes);
    const color = `color-mix(in srgb, var(--${isRight ? 'blue' : 'orange'}) ${strength}%, transparent)`;
    return `<td style="background: ${color}">${count === 0 ? '' : count}</td>`;
  };
  const rows = confusion.map(
    (row, label) => `<tr><th>${label}</th>${row.map((count, guess) => cell(count, guess === label)).join('')}</tr>`,
  );
  return `<figure>
<h3>What was taken for what</h3>
<table class="confusion">
<tr><th></th>${confusion.map((_, digit) => `<th>${digit}</th>`).join('')}</tr>
${rows.join('\n')}
</table>
<figcaption>Rows are digits, columns what the network reads. Orange cells are mistakes.</figcaption>
</figure>`;
}

/**
 * @param {Outcome} outcome
 * @param {string} style
 */
function page(outcome, style) {
  const { history, reads, confusion, accuracy } = outcome;
  const loss = learningCurve(history.epochs, 'loss', {
    title: 'Loss',
    caption:
      'Training: the mean over the epoch, as it went. Held out: digits that it never learned from, after the epoch.',
    label: 'cross-entropy in nats',
  });
  const right = learningCurve(history.epochs, 'accuracy', {
    title: 'Accuracy',
    caption: 'The share of digits that are read correctly, likewise.',
    label: 'accuracy',
  });
  const recall = recallAndPrecision(confusion);
  return pageHtml({
    title: 'Handwritten digits, read by glissade',
    style,
    figures: { digits: [loss, right, recall] },
    body: `<h1>${(100 * accuracy).toFixed(2)} % of ${reads.length.toLocaleString('en')} held-out digits read correctly</h1>
<p>${whatWasRun(outcome)}</p>
<div class="figures">
${[loss, right].map((figure) => figureHtml('digits', figure)).join('\n')}
${confusionTable(confusion)}
${figureHtml('digits', recall)}
</div>
${misread(reads)}`,
  });
}
