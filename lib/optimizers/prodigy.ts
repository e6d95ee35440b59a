import { fraction, nonNegative, positive, type Range } from '../checks/ranges.js';
import { defineRule, type Hyperparameter, type Rule } from './rule.js';

export interface ProdigyOptions {
  /** η, a factor of the step size that is found; for schedules. Default 1. */
  learningRate?: Hyperparameter | undefined;
  /** β₁, of the moving average of the gradient. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂, of the moving average of its square. Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** β₃, of the sums that d is found from; 0 stands for √β₂. Default 0. */
  beta3?: Hyperparameter | undefined;
  /** ε, added, times d, to the root of the average. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** λ, by which θ shrinks as 1 − dηλ before the step. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /** What d starts from; too small rather than too large. Default 1e-6. */
  d0?: Hyperparameter | undefined;
  /** A factor of the estimates of d: what to tune where 1 is not right. Default 1. */
  dCoefficient?: Hyperparameter | undefined;
  /** By how much d may grow in a step; 1.02 makes a warm-up, 0 stands for no limit. Default 0. */
  growthRate?: Hyperparameter | undefined;
  /** Multiplies η by √(1 − β₂ᵗ)/(1 − β₁ᵗ), as Adam does. Default false. */
  biasCorrection?: boolean | undefined;
  /** Leaves η out of s, so that a warm-up of η does not let the estimates explode. Default false. */
  safeguardWarmup?: boolean | undefined;
}

const growth: Range = {
  expected: '0 or a finite number ≥ 1',
  allows: (x) => x === 0 || (Number.isFinite(x) && x >= 1),
};

const make = defineRule({
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

/**
 * Prodigy: Adam that finds its step size. d, the estimate of how far the solution is from where θ started, only grows.
 *
 *     η̂ = dη, or dη√(1 − β₂ᵗ)/(1 − β₁ᵗ) with `biasCorrection`
 *     m ← β₁m + (1 − β₁)dg     v ← β₂v + (1 − β₂)d²g²
 *     r ← β₃r + η̂d/d₀ · Σ g(θ₀ − θ)     s ← β₃s + η̂d/d₀ · g, or d²/d₀ · g with `safeguardWarmup`
 *     d̂ = dCoefficient · r / Σ|s|     d ← the largest d̂ so far, but at most growthRate · d
 *     θ ← (1 − λη̂)θ − η̂m/(√v + dε), with the new d under the fraction
 *
 * The sums go over all parameters that aren't frozen. Groups share one d as long as they agree in β₂, β₃, d₀ and what else d depends
 * on; one with η = 0 stays as it is. Steps before the first gradient that isn't 0 do not count.
 *
 * Same as the authors' `Prodigy` with `decouple=True`, where the paper's algorithm 4 has the bias correction and no d₀. Its
 * `growth_rate=inf` is our 0, its `beta3=None` as well, and `slice_p` is 1. States: `m`, `v`, `s`, `theta0`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1), `d0` or `dCoefficient` is not positive, `growthRate` is between 0
 *   and 1, or another number is negative.
 * @see Mishchenko & Defazio 2023, https://arxiv.org/abs/2306.06101; https://github.com/konstmish/prodigy
 */
export function prodigy(options: ProdigyOptions = {}): Rule {
  return make(options);
}
