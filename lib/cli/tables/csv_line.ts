import type { Cell } from '../../tables/index.js';

/** How texts become cells of a CSV file: as they are, or so that spreadsheets take none for a formula. */
export type CellTexts = 'as they are' | 'safe';

/** A line of a CSV file, by RFC 4180: what has commas, quotation marks, line breaks or spaces around it is quoted. */
export const csvLine = (cells: readonly Cell[], texts: CellTexts): string =>
  `${cells.map((cell) => (texts === 'safe' ? safeFieldOf(cell) : fieldOf(cell))).join(',')}\n`;

function fieldOf(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'object') return dateText(cell);
  const text = String(cell);
  return /[",\r\n]|^\s|\s$/.test(text) ? quoted(text) : text;
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** What spreadsheets take for the beginning of a formula, also in the full width of East Asian fonts. */
const formula = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * A field that no spreadsheet takes for a formula. A text that begins like a formula gets an apostrophe in front. A text
 * that contains a semicolon, a tab or a bar is quoted, since a spreadsheet could split it there. Numbers stay numbers.
 *
 * @see OWASP, CSV injection, https://owasp.org/www-community/attacks/CSV_Injection
 */
function safeFieldOf(cell: Cell): string {
  if (typeof cell !== 'string') return fieldOf(cell);
  const text = formula.test(cell) && !number.test(cell) ? `'${cell}` : cell;
  return /[;\t|]/.test(text) ? quoted(text) : fieldOf(text);
}

/** A date in ISO 8601, without a time at midnight, as CSV files have it. */
export const dateText = (date: Date): string => date.toISOString().replace(/T00:00:00\.000Z$/, '');
