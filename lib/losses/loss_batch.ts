import type { FloatArray } from '../addon/index.js';

/**
 * A minibatch, as the functions of a custom loss get it. Its arrays are copies in the type of the network, which may be
 * kept, but not written to.
 */
export interface LossBatch {
  /** Outputs of the network, of shape [rows, columns], row-major. */
  readonly outputs: FloatArray;
  /** Targets, of shape [rows, targetColumns], row-major. */
  readonly targets: FloatArray;
  /** The weight of each row, if the examples have weights. */
  readonly weights: Float64Array | undefined;
  readonly rows: number;
  readonly columns: number;
  readonly targetColumns: number;
}
