import { numberText } from '../../numbers/number_text.js';
import { element } from '../../pages/client/elements.js';
import { type Flag, flagWords } from '../monitoring/flag_words.js';
import { percent } from '../percent.js';

/** The reply to a row. */
export interface RowReply {
  readonly prediction: unknown;
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly low?: number;
  readonly high?: number;
  readonly flags?: readonly Flag[];
  readonly explanation?: Explained;
}

interface Explained {
  readonly value: number;
  readonly baseline: number;
  readonly contributions: readonly {
    readonly column: string;
    readonly value: unknown;
    readonly contribution: number;
  }[];
}

/** With more classes than these, the most probable come first. */
const mostInOrder = 20;

/** The prediction in a line: what is predicted, with the probability of the class or the ends of the interval. */
export function headlineOf({ prediction, probabilities, low, high }: RowReply): string {
  if (typeof prediction === 'object') return '';
  const text = typeof prediction === 'number' && !probabilities ? short(prediction) : String(prediction);
  if (low !== undefined && high !== undefined) return `${text}, between ${short(low)} and ${short(high)}`;
  const probability =
    probabilities && Object.hasOwn(probabilities, String(prediction)) && probabilities[String(prediction)];
  return typeof probability === 'number' ? `${text} (${percent(probability)})` : text;
}

/** Everything that a reply has beside the line: probabilities, several targets, quantiles, flags and contributions. */
export function detailsOf({ prediction, probabilities, flags, explanation }: RowReply): HTMLElement[] {
  return [
    ...(prediction !== null && typeof prediction === 'object' ? [predictionsTable(prediction)] : []),
    ...(probabilities ? [probabilitiesTable(probabilities, String(prediction))] : []),
    ...(flags ? [flagList(flags)] : []),
    ...(explanation ? [explanationTable(explanation)] : []),
  ];
}

const short = (x: number): string => numberText(x, 6);

/** Predictions of several targets, or quantiles, by their names. */
function predictionsTable(values: object): HTMLTableElement {
  const rows = Object.entries(values).map(([name, value]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', { class: 'number' }, typeof value === 'number' ? short(value) : String(value)),
    ),
  );
  return element('table', {}, element('caption', {}, 'Predictions'), element('tbody', {}, ...rows));
}

function probabilitiesTable(probabilities: Readonly<Record<string, number>>, prediction: string): HTMLTableElement {
  const entries = Object.entries(probabilities);
  if (entries.length > mostInOrder) entries.sort(([, p], [, q]) => q - p);
  const rows = entries.map(([name, p]) =>
    element(
      'tr',
      name === prediction ? { class: 'predicted' } : {},
      element('th', { scope: 'row' }, name),
      element('td', { class: 'number' }, percent(p)),
      element('td', { class: 'bars', 'aria-hidden': 'true' }, bar(p)),
    ),
  );
  return element('table', { class: 'bars' }, element('caption', {}, 'Probabilities'), element('tbody', {}, ...rows));
}

/** A bar for a share from −1 to 1. */
function bar(share: number): HTMLElement {
  const made = element('span', { class: share < 0 ? 'bar less' : 'bar' });
  made.style.width = `${(100 * Math.abs(share)).toFixed(2)}%`;
  return made;
}

function flagList(flags: readonly Flag[]): HTMLElement {
  if (flags.length === 0) return element('p', { class: 'quiet' }, 'All values are like those of the training rows.');
  return element(
    'div',
    { class: 'flags' },
    element('p', {}, 'Unlike the training rows:'),
    element('ul', {}, ...flags.map((flag) => element('li', {}, flagWords(flag)))),
  );
}

function explanationTable({ value, baseline, contributions }: Explained): HTMLTableElement {
  const largest = Math.max(...contributions.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE);
  const rows = contributions.map(({ column, value, contribution }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, column),
      element('td', {}, value === null ? '(missing)' : Array.isArray(value) ? value.join(' × ') : String(value)),
      element('td', { class: 'number' }, `${contribution > 0 ? '+' : ''}${numberText(contribution, 4)}`),
      element('td', { class: 'bars', 'aria-hidden': 'true' }, bar(contribution / largest)),
    ),
  );
  const caption = `Contributions, from ${numberText(baseline, 4)} for the mean training row to ${numberText(value, 4)}`;
  return element('table', { class: 'bars' }, element('caption', {}, caption), element('tbody', {}, ...rows));
}
