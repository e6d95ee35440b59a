import type { Minimum } from '../../index.js';
import { largest } from '../spread.js';
import { distance, norm } from '../vectors.js';

/** A run with its trajectory. */
export type Run = Required<Minimum>;

/** ‖θ(t+1) − θ(t)‖. */
export const stepLengths = ({ trajectory: { thetas } }: Run): number[] =>
  thetas.slice(1).map((theta, t) => distance(theta, thetas[t]!));

/** The largest deviation of a step's length from η · min(‖g‖, c), in units of ηc, less the rounding of θ: 2⁻⁵²‖θ‖. */
export const clippingDeviation = (run: Run, rate: number, limit: number): number => {
  const { gradientNorms, thetas } = run.trajectory;
  return largest(
    stepLengths(run).map((length, t) => {
      const deviation = Math.abs(length / (rate * limit) - Math.min(gradientNorms[t]! / limit, 1));
      return Math.max(0, deviation - (Number.EPSILON * norm(thetas[t + 1]!)) / (rate * limit));
    }),
  );
};

/** The largest factor by which a step raised the loss. Infinity if the first step diverged. */
export const greatestRise = ({ trajectory: { losses } }: Run): number =>
  losses.length === 1 ? Infinity : largest(losses.slice(1).map((loss, t) => loss / losses[t]!));

/** The largest 2L(R(t+1) − R(t)) / ‖∇R(t)‖² of all t. By the descent lemma it is at most −1 if η = 1/L. */
export const descentShare = ({ trajectory: { losses, gradientNorms } }: Run, smoothness: number): number =>
  largest(losses.slice(1).map((loss, t) => (2 * smoothness * (loss - losses[t]!)) / gradientNorms[t]! ** 2));
