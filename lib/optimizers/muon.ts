import { fraction, nonNegative, wholeUpTo } from '../checks/ranges.js';
import { defineRule, type Hyperparameter, type Rule } from './rule.js';

export interface MuonOptions {
  /** η. Default 1e-3. */
  learningRate?: Hyperparameter | undefined;
  /** μ, the share of the average of gradients that is kept. Default 0.95. */
  momentum?: Hyperparameter | undefined;
  /** Makes (1 − μ)g + μb orthogonal instead of b. Default true. */
  nesterov?: boolean | undefined;
  /** Steps towards an orthogonal matrix, each of three matrix products. Default 5. */
  newtonSchulzSteps?: Hyperparameter | undefined;
  /**
   * What the step of a matrix is multiplied with: √max(1, outputs/inputs), or 0.2·√max(outputs, inputs), which gives it the size of
   * AdamW's, so that its η and λ fit. Default `'original'`.
   */
  adjust?: 'original' | 'match_rms_adamw' | undefined;
  /**
   * Which side of a matrix the outputs are along, for `adjust: 'original'`: its `'rows'`, as in weights [outputs, inputs] of PyTorch's
   * `Linear`, or its `'columns'`, as in weights [inputs, outputs] of {@link dense} or Keras. Default `'auto'`: as the layer has it
   * that the matrix belongs to, or else rows. Another word holds for layers, too.
   */
  outputs?: 'auto' | 'rows' | 'columns' | undefined;
  /** λ: θ shrinks by the factor 1 − ηλ before each step (decoupled). Default 0.1. */
  weightDecay?: Hyperparameter | undefined;
  /** Of {@link adamw}, which vectors are updated by. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
}

const make = defineRule({
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
  choices: { adjust: ['original', 'match_rms_adamw'], outputs: ['auto', 'rows', 'columns'] },
  kernel: ({ adjust, outputs }, isMatrix, ofLayer) => {
    if (!isMatrix) return 'adamw';
    if (adjust !== 'original') return 'muon.matchingAdamW';
    return (outputs === 'auto' ? ofLayer : outputs) === 'columns' ? 'muon.byColumns' : 'muon';
  },
});

/**
 * Muon: momentum whose matrix is made orthogonal, so that a step moves all its directions alike.
 *
 *     b ← μb + (1 − μ)g     O ≈ UVᵀ of the singular value decomposition UΣVᵀ of b, or of (1 − μ)g + μb
 *     θ ← (1 − ηλ)θ − η · adjustment · O
 *
 * Parameters need a shape. One of more than two sides is a batch of matrices, of the last two; but the weights of a {@link conv2d} are
 * one, of all that a window sees to the outputs, as the authors have it. Vectors, such as biases, are updated by `adamw` with the
 * same η and λ; to give them others, put them in a group of their own. The tables of an `embedding` and the weights of the last layer
 * are matrices like others: the authors leave these to AdamW, which takes a group, `{ tensors, rule: adamw() }`. Same as PyTorch's
 * `Muon`, which takes matrices [outputs, inputs] only and iterates in bfloat16: ours works in the type of the parameters. Its products of matrices have the same bits for any number of
 * threads, but may differ in the last places between instruction sets. State: `b`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `momentum` or a β is outside [0, 1), or another number negative.
 * @see Jordan et al. 2024, https://kellerjordan.github.io/posts/muon; Liu et al. 2025, https://arxiv.org/abs/2502.16982
 */
export function muon(options: MuonOptions = {}): Rule {
  return make(options);
}
