import type { FloatArray } from '../../addon/index.js';
import type { LossLike } from '../../losses/loss.js';
import type { Reading } from '../../models/probabilities.js';
import type { Class } from '../target.js';

/**
 * The prediction for a row: a number, a class, or the quantiles of a number by their levels; of several targets, an object of these
 * by the names of the columns.
 */
export type Prediction = number | Class | Readonly<Record<string, number | Class>>;

/**
 * What the outputs of a network mean for a target. A reading is what is predicted for a row, as numbers: the number, one for each
 * quantile, or the probabilities of all classes.
 */
export interface Head {
  /** The number of outputs. */
  readonly outputs: number;
  readonly loss: LossLike;
  /** Numbers per reading. */
  readonly width: number;
  /** The true value in a reading's units, of a target of the network. */
  truthOf(target: number): number;
  /** The readings that outputs stand for. The outputs may be overwritten. */
  read(outputs: FloatArray, reading: Reading): Float64Array;
  /** The reading that has the least loss if it is the same for all rows. */
  constant(truths: Float64Array, weights: Float64Array | undefined): Float64Array;
  /** The loss of each row by which models are compared. */
  losses(readings: Float64Array, truths: Float64Array): Float64Array;
  /** The predictions that outputs stand for. */
  predictions(outputs: FloatArray): Prediction[];
}
