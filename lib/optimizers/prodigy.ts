import { fraction, nonNegative, positive, type Range } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface ProdigyOptions {
  /** η: a factor of the estimated step size, for schedules. Default 1. */
  learningRate?: Hyperparameter | undefined;
  /** β₁ of the moving average of the gradient. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂ of the moving average of its square. Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** β₃ of the sums r and s; 0 stands for √β₂. Default 0. */
  beta3?: Hyperparameter | undefined;
  /** ε, multiplied by d and added to the root of the average. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** λ: θ is multiplied by 1 − dηλ before the step. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /** d₀, the initial d. Too small is better than too large. Default 1e-6. */
  d0?: Hyperparameter | undefined;
  /** A factor of the estimates of d. Tune this if 1 does not suit. Default 1. */
  dCoefficient?: Hyperparameter | undefined;
  /** Largest factor by which d grows in a step: 1.02 makes a warm-up, 0 stands for no limit. Default 0. */
  growthRate?: Hyperparameter | undefined;
  /** Whether η is multiplied by √(1 − β₂ᵗ)/(1 − β₁ᵗ), as in Adam. Default false. */
  biasCorrection?: boolean | undefined;
  /** Whether s leaves out η, so that a warm-up of η does not make the estimates explode. Default false. */
  safeguardWarmup?: boolean | undefined;
}

const growth: Range = {
  expected: '0 or a finite number ≥ 1',
  allows: (x) => x === 0 || (Number.isFinite(x) && x >= 1),
};

/**
 * Prodigy: Adam that estimates its step size. d estimates the distance of the solution from the initial θ, and never
 * shrinks.
 *
 *     η̂ = dη, or dη√(1 − β₂ᵗ)/(1 − β₁ᵗ) with `biasCorrection`
 *     m ← β₁m + (1 − β₁)dg     v ← β₂v + (1 − β₂)d²g²
 *     r ← β₃r + η̂d/d₀ · Σ g(θ₀ − θ)     s ← β₃s + η̂d/d₀ · g, or d²/d₀ · g with `safeguardWarmup`
 *     d̂ = dCoefficient · r / Σ|s|     d ← the largest d̂ so far, but at most growthRate · d
 *     θ ← (1 − λη̂)θ − η̂m/(√v + dε), where the denominator has the new d
 *
 * Sums are over all parameters that are not frozen. Groups share one d if their β₂, β₃, d₀ and whatever else d depends
 * on are equal. A group with η = 0 does not change. Steps before the first gradient that is not 0 don't count.
 *
 * Same as the authors' `Prodigy` with `decouple=True`; the paper's algorithm 4 has the bias correction and no d₀. Their
 * `growth_rate=inf` and `beta3=None` are 0 here, and their `slice_p` is 1. States: `m`, `v`, `s`, `theta0`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1), `d0` or `dCoefficient` is not positive, `growthRate`
 *   is between 0 and 1, or another number is negative.
 * @see Mishchenko & Defazio 2023, https://arxiv.org/abs/2306.06101; https://github.com/konstmish/prodigy
 */
export const prodigy = defineRule<ProdigyOptions>({
  name: 'prodigy',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1 },
    beta1: { range: fraction, default: 0.9 },
    beta2: { range: fraction, default: 0.999 },
    beta3: { range: fraction, default: 0 },
    epsilon: { range: nonNegative, default: 1e-8 },
    weightDecay: { range: nonNegative, default: 0 },
    d0: { range: positive, default: 1e-6 },
    dCoefficient: { range: positive, default: 1 },
    growthRate: { range: growth, default: 0 },
  },
  flags: { biasCorrection: false, safeguardWarmup: false },
  kernel: () => 'prodigy',
});
