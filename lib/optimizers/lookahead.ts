import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, share } from '../checks/ranges.js';
import { defineWrapper } from './rule.js';

export interface LookaheadOptions {
  /** k: number of the inner rule's steps between two steps of the slow weights. Default 5. */
  steps?: number | undefined;
  /** α, in (0, 1]: how far the slow weights move towards the parameters. Default 0.5. */
  alpha?: number | undefined;
}

/**
 * Lookahead around any rule: after every k steps, slow weights φ move towards the parameters, which continue from
 * there.
 *
 *     φ ← (1 − α)φ + αθ     θ ← φ
 *
 * The inner rule's state is kept. With α = 1 the result is that of the inner rule. State: `slow`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` unless `steps` is a whole number ≥ 1 and `alpha` in (0, 1].
 * @see Zhang et al. 2019, https://arxiv.org/abs/1907.08610, algorithm 1
 */
export const lookahead = defineWrapper('lookahead', (options: LookaheadOptions) => {
  checkOptions('lookahead', options, ['steps', 'alpha']);
  return {
    steps: checkInteger('lookahead.steps', orDefault(options.steps, 5), 1),
    alpha: checkNumber('lookahead.alpha', orDefault(options.alpha, 0.5), share),
  };
});
