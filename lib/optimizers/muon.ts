import { fraction, nonNegative, wholeUpTo } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface MuonOptions {
  /** η. Default 1e-3. */
  learningRate?: Hyperparameter | undefined;
  /** μ: the fraction of the average of gradients that is kept. Default 0.95. */
  momentum?: Hyperparameter | undefined;
  /** Whether (1 − μ)g + μb is made orthogonal instead of b. Default true. */
  nesterov?: boolean | undefined;
  /** Number of Newton–Schulz iterations towards an orthogonal matrix, each of three matrix products. Default 5. */
  newtonSchulzSteps?: Hyperparameter | undefined;
  /**
   * Factor of a matrix's step. `'original'`: √max(1, outputs/inputs). `'matchRmsAdamw'`: 0.2·√max(outputs, inputs),
   * which gives steps of AdamW's size, so that its η and λ suit. Default `'original'`.
   */
  adjust?: 'original' | 'matchRmsAdamw' | undefined;
  /**
   * Side of a matrix along which outputs lie, for `adjust: 'original'`: `'rows'`, as in weights [outputs, inputs] of
   * PyTorch's `Linear`, or `'columns'`, as in weights [inputs, outputs] of {@link dense} or Keras. `'auto'` means the
   * side of the layer that the matrix belongs to, or else rows. `'rows'` and `'columns'` also apply to layers. Default
   * `'auto'`.
   */
  outputs?: 'auto' | 'rows' | 'columns' | undefined;
  /**
   * Precision of the iterations' products. `'full'`: that of the parameters. `'bfloat16'`, for float32 parameters:
   * factors are rounded to bfloat16, as in PyTorch, and products are summed in float32. Entries of a step differ by some
   * hundredths of the largest, up to 7 for 47 × 200. It is faster on processors that multiply bfloat16 (AMX,
   * AVX512-BF16), and slower elsewhere. Default `'full'`.
   */
  precision?: 'full' | 'bfloat16' | undefined;
  /** λ: θ is multiplied by 1 − ηλ before each step (decoupled). Default 0.1. */
  weightDecay?: Hyperparameter | undefined;
  /** β₁ of {@link adamw}, which updates vectors. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂ of {@link adamw}. Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** ε of {@link adamw}. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
}

/**
 * Muon: momentum as an orthogonal matrix, so that a step has the same length in all its directions.
 *
 *     b ← μb + (1 − μ)g     O ≈ UVᵀ of the singular value decomposition UΣVᵀ of b, or of (1 − μ)g + μb
 *     θ ← (1 − ηλ)θ − η · adjustment · O
 *
 * Parameters need a shape. Arrays of more than two dimensions are batches of matrices of the last two. The weights of a
 * {@link conv2d} are one matrix, from all that a window sees to the outputs, as in the authors' code. `adamw` updates
 * vectors, such as biases, with the same η and λ; a separate group can give them others. Tables of an `embedding` and
 * weights of the last layer are treated like other matrices. The authors leave these to AdamW, which a group with
 * `rule: adamw()` does.
 *
 * Same as PyTorch's `Muon`, which takes matrices [outputs, inputs] only and iterates in bfloat16, which
 * `precision: 'bfloat16'` does nearly. Matrix products have the same bits for any number of threads, but may differ in
 * the last places between instruction sets. State: `b`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `momentum` or a β is outside [0, 1), or another number is negative.
 * @see Jordan et al. 2024, https://kellerjordan.github.io/posts/muon; Liu et al. 2025, https://arxiv.org/abs/2502.16982
 */
export const muon = defineRule<MuonOptions>({
  name: 'muon',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-3 },
    momentum: { range: fraction, default: 0.95 },
    newtonSchulzSteps: { range: wholeUpTo(100), default: 5 },
    weightDecay: { range: nonNegative, default: 0.1 },
    beta1: { range: fraction, default: 0.9 },
    beta2: { range: fraction, default: 0.999 },
    epsilon: { range: nonNegative, default: 1e-8 },
  },
  flags: { nesterov: true },
  choices: {
    adjust: ['original', 'matchRmsAdamw'],
    outputs: ['auto', 'rows', 'columns'],
    precision: ['full', 'bfloat16'],
  },
  kernel: ({ adjust, outputs }, form) => {
    if (form === 'vector') return 'adamw';
    if (adjust !== 'original') return 'muon.matchingAdamW';
    const areColumns = outputs === 'auto' ? form === 'weights' : outputs === 'columns';
    return areColumns ? 'muon.byColumns' : 'muon';
  },
});
