import type { Minimum } from '../../minimize/minimize.js';
import { distance } from '../../numbers/vectors.js';
import { largest } from '../spread.js';

/** A run with its trajectory. */
export type Run = Required<Minimum>;

/** ‖θ(t+1) − θ(t)‖. */
export const stepLengths = ({ trajectory: { thetas } }: Run): number[] =>
  thetas.slice(1).map((theta, t) => distance(theta, thetas[t]!));

/** How far steps are from η · min(‖g‖, c), in units of ηc. */
export const clippingDeviation = (run: Run, rate: number, limit: number): number =>
  largest(
    stepLengths(run).map((length, t) =>
      Math.abs(length / (rate * limit) - Math.min(run.trajectory.gradientNorms[t]! / limit, 1)),
    ),
  );

/** The largest factor by which a step has raised the loss: infinite, where not even the first led to a number. */
export const greatestRise = ({ trajectory: { losses } }: Run): number =>
  losses.length === 1 ? Infinity : largest(losses.slice(1).map((loss, t) => loss / losses[t]!));

/** 2L(R(t+1) − R(t)) / ‖∇R(t)‖², the largest of all t: by the descent lemma no more than −1, where steps are 1/L. */
export const descentShare = ({ trajectory: { losses, gradientNorms } }: Run, smoothness: number): number =>
  largest(losses.slice(1).map((loss, t) => (2 * smoothness * (loss - losses[t]!)) / gradientNorms[t]! ** 2));
