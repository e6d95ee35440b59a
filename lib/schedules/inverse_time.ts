import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite, positive } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { geometric } from './geometric.js';
import { schedule } from './schedule.js';

export interface InverseTimeOptions {
  /** The value at step 0: the C of C·n^−α, where n = 1 in the first step. */
  from: number;
  /** Rate of the decay per step, > 0. Default 1. */
  decay?: number | undefined;
  /** The exponent α, in (½, 1] unless `allowDivergent` is set. Default 1. */
  alpha?: number | undefined;
  /** Whether any finite α is accepted, although the steps then need not converge. Default false. */
  allowDivergent?: boolean | undefined;
}

/**
 * η(t) = from · (1 + decay · t)^−alpha, without end, t = 0, 1, 2, … With `decay: 1` it is C·n^−α for steps n = 1, 2, …
 *
 * Stochastic gradient descent converges if Σηₜ = ∞ (no minimum is out of reach) and Σηₜ² < ∞ (the noise averages out).
 * This schedule meets both conditions for ½ < α ≤ 1. For α = 1 it is Keras's
 * `InverseTimeDecay(decay_steps=1, decay_rate=decay)`. PyTorch has no such scheduler.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if α is outside (½, 1] without `allowDivergent`.
 * @see Robbins & Monro 1951, https://doi.org/10.1214/aoms/1177729586
 */
export const inverseTime = schedule('inverseTime', (given: InverseTimeOptions) => {
  checkOptions('schedules.inverseTime', given, ['from', 'decay', 'alpha', 'allowDivergent']);
  const from = checkNumber('from', given.from, finite);
  const decay = checkNumber('decay', orDefault(given.decay, 1), positive);
  const alpha = checkNumber('alpha', orDefault(given.alpha, 1), finite);
  const allowDivergent = checkBoolean('allowDivergent', orDefault(given.allowDivergent, false));
  if (!allowDivergent && !(alpha > 0.5 && alpha <= 1)) throw divergent(alpha);
  return { options: { from, decay, alpha, allowDivergent }, at: (step) => geometric(from, 1 + decay * step, -alpha) };
});

function divergent(alpha: number): Error {
  const broken =
    alpha > 1 ? 'Σηₜ is finite: the steps may end before the minimum' : 'Σηₜ² = ∞: the noise never settles';
  return errorWith(
    'ERR_OUT_OF_RANGE',
    `Expected a number in (1/2, 1] for alpha but received ${alpha}. The Robbins–Monro conditions for convergence are ` +
      `Σηₜ = ∞ and Σηₜ² < ∞; with this alpha, ${broken}. Set allowDivergent: true if that is what you want`,
  );
}
