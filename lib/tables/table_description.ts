import { numberText } from '../numbers/number_text.js';
import type { ColumnDescription } from './describe.js';
import { percent } from './percent.js';
import { shortened, shownCell } from './shown_cells.js';

/** The description of a table. Plain data, which `String()` shows as a table for people. */
export class TableDescription {
  readonly rows: number;
  readonly columns: readonly ColumnDescription[];

  /** @internal */
  constructor(rows: number, columns: readonly ColumnDescription[]) {
    this.rows = rows;
    this.columns = columns;
  }

  toString(): string {
    const numbers = this.columns.length === 1 ? '1 column' : `${numberText(this.columns.length)} columns`;
    const titles = ['column', 'kind', 'missing', 'distinct', ...spreadTitles, ''];
    const lines = this.columns.map((column) => lineOf(column, this.rows));
    const notes = this.columns.flatMap(noteOf).map((note) => `\n${note}`);
    return `${this.rows === 1 ? '1 row' : `${numberText(this.rows)} rows`}, ${numbers}\n\n${aligned([titles, ...lines])}${notes.length > 0 ? '\n' : ''}${notes.join('')}`;
  }
}

/** How the dates of a column are read, or why they are not. */
function noteOf({ name, form, ambiguous }: Pick<ColumnDescription, 'name' | 'form' | 'ambiguous'>): string[] {
  if (form) return [`${shortened(name)}: read as dates such as ${form}`];
  if (!ambiguous) return [];
  return [
    `${shortened(name)}: not read as dates, because no value tells ${ambiguous.join(' from ')}; write them as 1998-06-25`,
  ];
}

/** The titles for numbers and dates. */
export const spreadTitles = ['minimum', '25 %', 'median', '75 %', 'maximum', 'mean'] as const;

/** The description of a column as texts. */
export interface ColumnTexts {
  readonly missing: string;
  readonly distinct: string;
  /** A text for each of the titles. */
  readonly spread?: readonly string[];
  /** The most frequent words or truth values, with their shares of the rows. */
  readonly frequent: string;
}

export function textsOf({ missing, distinct, quantiles, top = [] }: ColumnDescription, rows: number): ColumnTexts {
  const common = {
    missing: missing === 0 ? '' : `${numberText(missing)} (${percent(missing / rows)})`,
    distinct: `${distinct.isExact ? '' : '≈'}${numberText(distinct.count)}`,
    frequent: top.map(({ value, count }) => `${shownCell(value)} ${percent(count / rows)}`).join(', '),
  };
  if (!quantiles) return common;
  const { minimum, lowerQuartile, median, upperQuartile, maximum, mean } = quantiles;
  return { ...common, spread: [minimum, lowerQuartile, median, upperQuartile, maximum, mean].map(shownCell) };
}

function lineOf(column: ColumnDescription, rows: number): string[] {
  const { missing, distinct, spread, frequent } = textsOf(column, rows);
  const start = [shortened(column.name), column.kind, missing, distinct];
  return spread ? [...start, ...spread, blocksOf(column.histogram!.counts)] : [...start, frequent];
}

const blocks = '▁▂▃▄▅▆▇█';

/** A histogram as block characters; a space for an empty bin. */
function blocksOf(counts: readonly number[]): string {
  const highest = Math.max(...counts, 1);
  return counts.map((count) => (count === 0 ? ' ' : blocks[Math.round((count / highest) * 7)])).join('');
}

/** Lines of aligned cells: the first two to the left, the others to the right. The last cell may have any length. */
function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => (i < line.length - 1 ? line[i]!.length : 0))));
  const padded = (cell: string, i: number) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!));
  return lines.map((line) => `${line.slice(0, -1).map(padded).join('  ')}  ${line.at(-1)}`.trimEnd()).join('\n');
}
