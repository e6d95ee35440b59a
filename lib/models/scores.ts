/** Means over a dataset, or over the minibatches of an epoch as they were trained on. */
export interface Scores {
  loss: number;
  /** Where `metrics` asks for it. */
  accuracy?: number;
}
