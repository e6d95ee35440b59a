/** Means over a dataset, or over the minibatches of an epoch at the parameters before their steps. */
export interface Scores {
  loss: number;
  /** The fraction that is classified correctly, if `metrics` has `'accuracy'`. */
  accuracy?: number;
}
