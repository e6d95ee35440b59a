import { own } from '../../checks/own.js';
import { escaped } from '../../pages/markup.js';
import type { ColumnDescription, Histogram, TableDescription, Trained } from '../../tables/index.js';
import { shortened } from '../../tables/shown_cells.js';
import { spreadTitles, textsOf } from '../../tables/table_description.js';
import { capitalized, estimateText } from './score_words.js';

export const columnsStyle = `
table.columns td.words { white-space: normal; min-width: 18rem; }
table.columns th:first-child { position: sticky; left: 0; min-width: 6rem; background: var(--page); white-space: normal; overflow-wrap: break-word; }
.columns .histogram { display: block; width: 6rem; height: 1.5rem; color: var(--blue); }
`;

/** What each column contains, how it is used, and how much shuffling it increases the loss. */
export function columnsTable({ report }: Trained, { rows, columns }: TableDescription): string {
  const costs = new Map(report.importance.map(({ column, increase }) => [column, increase]));
  const titles = [
    'Column',
    'Kind',
    'Use',
    'Importance',
    'Missing',
    'Distinct',
    'Values',
    ...spreadTitles.map(capitalized),
  ];
  const lines = columns.map((column) => {
    const { name } = column;
    const kind = own(report.kinds, name)!;
    const cost = costs.get(name);
    const unread = own(report.unreadDates, name);
    const use =
      name === report.target
        ? 'target'
        : report.leftOut.includes(name)
          ? `not used: ${own(report.leftOutBecause, name)}`
          : unread
            ? `input as it is: ${unread}`
            : 'input';
    const form = own(report.dateForms, name);
    return lineOf(column, rows, [form ? `${kind}, such as ${form}` : kind, use, cost ? estimateText(cost) : '']);
  });
  return `<div class="wide"><table class="plain columns"><tr>${titles.map((title) => `<th>${title}</th>`).join('')}</tr>
${lines.join('\n')}</table></div>`;
}

/** @param before The cells between the name and the description. */
function lineOf(column: ColumnDescription, rows: number, before: readonly string[]): string {
  const { missing, distinct, spread, frequent } = textsOf(column, rows);
  const name = `<th title="${escaped(column.name)}">${escaped(shortened(column.name))}</th>`;
  const values = spread
    ? cellsOf([histogramSvg(column.histogram!), ...spread])
    : `<td class="words" colspan="${1 + spreadTitles.length}">${escaped(frequent)}</td>`;
  return `<tr>${name}${cellsOf([...before, missing, distinct])}${values}</tr>`;
}

const cellsOf = (cells: readonly string[]): string => cells.map((cell) => `<td>${cell}</td>`).join('');

/** A histogram as a picture with one unit per bin, 12 units high. A bin that is not empty has at least a line. */
function histogramSvg({ counts }: Histogram): string {
  const highest = Math.max(...counts, 1);
  const bars = counts.flatMap((count, i) => {
    const height = Number(Math.max(0.6, (12 * count) / highest).toFixed(2));
    return count === 0 ? [] : [`M${i} 12v${-height}h.9v${height}z`];
  });
  return `<svg class="histogram" viewBox="0 0 ${counts.length} 12" preserveAspectRatio="none" role="img" aria-label="rows of ${counts.length} equal intervals: ${counts.join(', ')}"><path fill="currentColor" d="${bars.join('')}"/></svg>`;
}
