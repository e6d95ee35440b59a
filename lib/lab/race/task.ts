import { type Dataset, Random } from '../../index.js';

/** The task of the networks in a race. */
export interface RaceTask {
  /** The data in words. */
  readonly about: string;
  readonly training: Dataset;
  readonly heldOut: Dataset;
  readonly outputs: number;
  readonly loss: 'crossEntropy' | 'logistic' | 'squared';
  /** The metric on the held-out examples; larger is better. */
  readonly score: 'accuracy' | 'r2';
}

/** The name of each score. */
export const scoreLabels = { accuracy: 'accuracy', r2: 'R²' } as const;

/** The largest number of examples, and the seed for dividing them. */
export interface Division {
  readonly examples: number;
  readonly seed: number;
}

/** The share of the examples that are held out. */
const heldOutShare = 0.2;

/** Rows for training, and others that are held out. */
export function divided(rows: number, { examples, seed }: Division): Record<'training' | 'heldOut', Uint32Array> {
  const order = new Random(seed).permutation(rows);
  const heldOut = Math.ceil(heldOutShare * Math.min(rows, examples / (1 - heldOutShare)));
  const training = Math.min(examples, rows - heldOut);
  return { training: order.subarray(0, training), heldOut: order.subarray(training, training + heldOut) };
}
