import type { Cell } from '../../tables/index.js';

/** How texts are written to cells of a CSV file: unchanged, or safe from being read as formulas by spreadsheets. */
export type CellTexts = 'as they are' | 'safe';

/** A line of a CSV file (RFC 4180). Texts with commas, quotes, line breaks or outer spaces are quoted. */
export const csvLine = (cells: readonly Cell[], texts: CellTexts): string =>
  `${cells.map((cell) => (texts === 'safe' ? safeFieldOf(cell) : fieldOf(cell))).join(',')}\n`;

function fieldOf(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'object') return dateText(cell);
  const text = String(cell);
  return /[",\r\n]|^\s|\s$/.test(text) ? quoted(text) : text;
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** What spreadsheets read as the beginning of a formula, including full-width characters of East Asian fonts. */
const formula = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * A field that no spreadsheet reads as a formula. A text that begins like a formula gets an apostrophe in front. A text with
 * a semicolon, a tab or a bar is quoted, because a spreadsheet could split it there. Numbers stay numbers.
 *
 * @see OWASP, CSV injection, https://owasp.org/www-community/attacks/CSV_Injection
 */
function safeFieldOf(cell: Cell): string {
  if (typeof cell !== 'string') return fieldOf(cell);
  const text = formula.test(cell) && !number.test(cell) ? `'${cell}` : cell;
  return /[;\t|]/.test(text) ? quoted(text) : fieldOf(text);
}

/** A date in ISO 8601; at midnight, without the time. */
export const dateText = (date: Date): string => date.toISOString().replace(/T00:00:00\.000Z$/, '');
