/** How rows are divided into those that a model learns from and those that it is judged on. */
export interface DivisionOptions {
  /**
   * A column of groups, such as patients or documents. Rows with the same value are never on both sides, so scores are those of
   * groups that the model has not seen; rows without a value are one group. The default pipeline does not use the column.
   */
  readonly by?: string | undefined;
  /**
   * A column of dates or numbers. Models are judged on rows that are later than all rows that they learnt from. Rows of equal
   * times stay together; a row without a time is refused.
   */
  readonly time?: string | undefined;
  /**
   * With `time`: how much earlier the last row to learn from is than the first row to predict, in days for dates, else in the
   * units of the column. Default 0: as little as there is.
   */
  readonly gap?: number | undefined;
  /** A column whose values both sides have in nearly the same proportions. Default: the target, if it is a class. */
  readonly stratified?: string | undefined;
}
