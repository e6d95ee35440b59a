import type { Estimate } from '../scores.js';

/** A reason why the scores of a report may be too good for new rows. Plain data. */
export interface TableWarning {
  /**
   * `'repeated values'`: rows with the same value of a column are alike. `'equal rows'`: rows occur several times. `'order'`: later
   * rows differ from earlier ones. `'leak'`: a column all but is the target.
   */
  readonly kind: 'repeated values' | 'equal rows' | 'order' | 'leak';
  /** The column to blame, if there is one. */
  readonly column?: string;
  /** A sentence for people, with the option that answers it. */
  readonly text: string;
  /** The score that both numbers are of, such as `'accuracy'`. */
  readonly score: string;
  /** The score as rows are divided without the option. */
  readonly reported: Estimate;
  /** The score with the option, or without the column. */
  readonly instead: Estimate;
}
