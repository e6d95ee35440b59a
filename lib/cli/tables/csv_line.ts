import type { Cell } from '../../tables/index.js';

/** A line of a CSV file, by RFC 4180: what has commas, quotation marks, line breaks or spaces around it is quoted. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(fieldOf).join(',')}\n`;

function fieldOf(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'object') return dateText(cell);
  const text = String(cell);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A date in ISO 8601, without a time at midnight, as CSV files have it. */
export const dateText = (date: Date): string => date.toISOString().replace(/T00:00:00\.000Z$/, '');
