import type { Estimate } from '../../tables/index.js';
import { fourDigits } from '../../tables/shown_cells.js';

/** A number with its interval, to four digits. */
export const estimateText = ({ value, low, high }: Estimate): string =>
  `${fourDigits(value)} (${fourDigits(low)} to ${fourDigits(high)})`;
