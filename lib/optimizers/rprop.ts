import { fraction, nonNegative, type Range } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface RpropOptions {
  /** Initial step of all parameters, in their unit. Only its value at the first step matters. Default 1e-2. */
  learningRate?: Hyperparameter | undefined;
  /** η⁻: factor of a step whose gradient changes its sign. Default 0.5. */
  etaMinus?: Hyperparameter | undefined;
  /** η⁺, ≥ 1: factor of a step whose gradient keeps its sign. Default 1.2. */
  etaPlus?: Hyperparameter | undefined;
  /** The shortest step. Default 1e-6. */
  minStep?: Hyperparameter | undefined;
  /** The longest step. Default 50. */
  maxStep?: Hyperparameter | undefined;
}

const growth: Range = { expected: 'a finite number ≥ 1', allows: (x) => Number.isFinite(x) && x >= 1 };

/**
 * Resilient backpropagation: steps that depend only on the signs of gradients. For full batches; in minibatches, signs
 * change by chance.
 *
 *     s ← s · (η⁺ if the gradient kept its sign, η⁻ if it changed, 1 if either is 0), within [minStep, maxStep]
 *     g ← 0 where the sign changed     θ ← θ − s · sign(g)
 *
 * Same as PyTorch's and Optax's `Rprop`: the variant iRprop⁻ of Igel & Hüsken. These multiply gradients to compare
 * signs, which fails if the product underflows. Keras has no Rprop. States, stored exactly: `previous` (g) and `step`
 * (s).
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `etaMinus` is outside [0, 1), `etaPlus` below 1, another number negative, or
 *   `minStep` above `maxStep`.
 * @see Riedmiller & Braun 1993, https://doi.org/10.1109/ICNN.1993.298623; Igel & Hüsken 2003,
 *   https://doi.org/10.1016/S0925-2312(01)00700-7
 */
export const rprop = defineRule<RpropOptions>({
  name: 'rprop',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-2 },
    etaMinus: { range: fraction, default: 0.5 },
    etaPlus: { range: growth, default: 1.2 },
    minStep: { range: nonNegative, default: 1e-6 },
    maxStep: { range: nonNegative, default: 50 },
  },
  check: ({ minStep, maxStep }) => {
    if (typeof minStep === 'number' && typeof maxStep === 'number' && minStep > maxStep)
      throw errorWith('ERR_OUT_OF_RANGE', `rprop: minStep is ${minStep}, above the maxStep of ${maxStep}`);
  },
  kernel: () => 'rprop',
});
