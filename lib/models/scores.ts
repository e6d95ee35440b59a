/** Means over a dataset, or over the minibatches of an epoch at the parameters before their steps. */
export interface Scores {
  loss: number;
  /** The fraction of examples that are classified correctly, if `metrics` contains `'accuracy'`. */
  accuracy?: number;
}
