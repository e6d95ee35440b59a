import { numberText } from '../numbers/number_text.js';
import type { Cell } from './column.js';

/** A text as a line of at most 24 characters. */
export const shortened = (text: string): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 24 ? line : `${line.slice(0, 23)}…`;
};

/** A number with at most four significant digits. */
export const fourDigits = (x: number): string => numberText(x, 4);

/** A cell as text for people: numbers to four digits, dates to the minute, words shortened. Years and postcodes get no comma. */
export function shownCell(cell: Cell): string {
  if (typeof cell === 'number') return Math.abs(cell) < 10_000 ? fourDigits(cell).replace(',', '') : fourDigits(cell);
  if (cell === null || typeof cell !== 'object') return shortened(String(cell));
  return Number.isNaN(cell.getTime()) ? '' : cell.toISOString().slice(0, 16).replace('T00:00', '').replace('T', ' ');
}
