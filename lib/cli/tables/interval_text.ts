import type { IntervalReport } from '../../tables/index.js';
import { fourDigits } from '../../tables/shown_cells.js';
import { estimateText } from './score_words.js';

/** How wide the intervals of predictions are, in a sentence. */
export function intervalText({ level, low, high, covered }: IntervalReport): string {
  const share = `${Math.round(100 * level)} %`;
  return `${share} intervals reach from prediction ${signed(low)} to prediction ${signed(high)}. Made without a part of the held-out rows, they contain this share of its true values: ${estimateText(covered)}.`;
}

/** A number as the end of a sum: "+ 3" or "− 3". */
const signed = (x: number): string => `${x < 0 ? '−' : '+'} ${fourDigits(Math.abs(x))}`;
