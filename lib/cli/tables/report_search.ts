import type { SearchTrial, TrainReport } from '../../tables/index.js';
import { fourDigits } from '../../tables/shown_cells.js';
import { counted } from './score_words.js';

/** The setting that a search chose, and what that means for the scores. */
export function searchText({ heldOut }: TrainReport, trials: readonly SearchTrial[]): string {
  const [{ rule, hidden, learningRate, weightDecay }] = trials as readonly [SearchTrial, ...SearchTrial[]];
  const decay = weightDecay === undefined ? '' : `, weight decay ${fourDigits(weightDecay)}`;
  const tried = trials.filter(({ state }) => state !== 'not trained').length;
  const method =
    learningRate === undefined
      ? 'the exact solution'
      : `${rule} with a learning rate of ${fourDigits(learningRate)}${decay}, hidden layers ${hidden.join(', ') || 'none'}`;
  const chosen = `Of ${counted(tried, 'setting')}, the search chose ${method}.`;
  return heldOut === 'cross-validated'
    ? `${chosen} The setting was chosen on the held-out rows, so the network's scores are slightly optimistic.`
    : chosen;
}

/** The trials of a search as a section of a page. */
export function searchSection(report: TrainReport, trials: readonly SearchTrial[]): string {
  const rows = trials.map((one) => {
    const { trial, rule, learningRate, weightDecay, hidden, batchSize, loss, epochs, state } = one;
    const numbers = [
      learningRate === undefined ? undefined : fourDigits(learningRate),
      weightDecay === undefined ? undefined : fourDigits(weightDecay),
      hidden.join(', '),
      batchSize,
      loss === null ? '' : fourDigits(loss),
      epochs,
    ];
    return `<tr>${[trial, rule ?? 'exact solution', ...numbers, state].map((cell) => `<td>${cell ?? ''}</td>`).join('')}</tr>`;
  });
  const names = ['Trial', 'Rule', 'Learning rate', 'Weight decay', 'Hidden layers', 'Batch size', 'Loss', 'Epochs', ''];
  return `<h2>Search</h2>
<p>${searchText(report, trials)} The loss is that on the rows that decide when training ends (early stopping).</p>
<div class="wide"><table class="plain"><tr>${names.map((name) => `<th>${name}</th>`).join('')}</tr>
${rows.join('\n')}</table></div>`;
}
