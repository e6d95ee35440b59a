import { type Network, sgd, Trainer } from '../../index.js';
import type { Matrix } from '../../numbers/matrices.js';
import type { Figure } from '../../pages/index.js';
import type { Trial } from '../trial.js';
import { learningRateOf, matrix, orthogonalItems } from './layers.js';

export interface DescentOptions {
  /** The paper's λ. */
  readonly rate: number;
  readonly steps: number;
  /** The number of measurements, without the one at the start. */
  readonly looks: number;
  readonly trial: Trial;
  /** The outcome of the measurements so far. */
  readonly soFar?: (descent: Descent) => readonly Figure[];
}

/** Measurements of a network while it learned. */
export interface Descent {
  /** The steps at which it was measured, from 0 on. */
  readonly steps: readonly number[];
  /** The numbers measured at each of `steps`; NaN at the last one if training diverged. */
  readonly seen: readonly (readonly number[])[];
}

/**
 * Full-batch gradient descent on orthogonal items, starting at the network's parameters.
 *
 * @param correlation Σ³¹ of the items.
 * @param see Computes the numbers to record from Σ³¹ of the network's own outputs, which is its map if it is linear.
 */
export async function descend(
  model: Network,
  correlation: Matrix,
  { rate, steps, looks, trial, soFar }: DescentOptions,
  see: (correlation: Matrix) => number[],
): Promise<Descent> {
  const { inputs, columns: items, targets, targetColumns } = orthogonalItems(correlation);
  using trainer = new Trainer(model, {
    loss: 'squared',
    optimizer: sgd({ learningRate: learningRateOf(rate, items) }),
    onNonFinite: 'skip',
  });
  const look = () => see(matrix(items, targetColumns, model.predict(inputs)).transpose());
  const descent = { steps: [0], seen: [look()] };
  const every = Math.max(1, Math.floor(steps / looks));
  for (let step = 1; step <= steps; ++step) {
    trainer.step(inputs, targets);
    if (trainer.skipped > 0) {
      descent.steps.push(step);
      descent.seen.push(descent.seen[0]!.map(() => NaN));
      break;
    }
    if (step % every > 0) continue;
    descent.steps.push(step);
    descent.seen.push(look());
    await trial.progress(step / steps, soFar && (() => soFar(descent)));
  }
  return descent;
}

/** Step at which a measured curve reaches a level, by linear interpolation. NaN if it never does, or begins there. */
export function crossing({ steps, seen }: Descent, curve: number, level: number): number {
  const after = seen.findIndex((values) => values[curve]! >= level);
  if (after < 1) return NaN;
  const before = after - 1;
  const share = (level - seen[before]![curve]!) / (seen[after]![curve]! - seen[before]![curve]!);
  return steps[before]! + share * (steps[after]! - steps[before]!);
}
