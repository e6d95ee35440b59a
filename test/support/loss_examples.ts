import '../../lib/losses/absolute';
import { crossEntropy } from '../../lib/losses/cross_entropy';
import { focal } from '../../lib/losses/focal';
import '../../lib/losses/hinge';
import { huber } from '../../lib/losses/huber';
import { joint } from '../../lib/losses/joint';
import { logistic } from '../../lib/losses/logistic';
import type { LossLike } from '../../lib/losses/loss';
import '../../lib/losses/poisson';
import { quantile } from '../../lib/losses/quantile';
import type { Targets } from './examples';

/** Pairs of a loss and a kind of targets. */
export const targetsOfLoss: [LossLike, Targets][] = [
  ['crossEntropy', 'classes'],
  ['crossEntropy', 'distributions'],
  ['logistic', 'classes'],
  ['logistic', 'probabilities'],
  ['squared', 'numbers'],
  ['absolute', 'numbers'],
  ['huber', 'numbers'],
  ['quantile', 'numbers'],
  ['poisson', 'counts'],
  ['hinge', 'signs'],
  ['hinge', 'classes'],
  ['squaredHinge', 'bits'],
  ['squaredHinge', 'classes'],
  ['focal', 'probabilities'],
  ['focal', 'classes'],
];

/** Pairs of a loss with options and a kind of targets. */
export const targetsOfOptions: [LossLike, Targets][] = [
  [crossEntropy({ labelSmoothing: 0.1 }), 'classes'],
  [crossEntropy({ classWeights: [1, 5, 0.5, 0] }), 'classes'],
  [crossEntropy({ labelSmoothing: 0.3, classWeights: [1, 5, 0.5, 0] }), 'classes'],
  [crossEntropy({ labelSmoothing: 0.3, classWeights: [1, 5, 0.5, 0] }), 'distributions'],
  [logistic({ labelSmoothing: 0.2 }), 'classes'],
  [logistic({ labelSmoothing: 0.1, positiveWeight: 3 }), 'probabilities'],
  [huber({ delta: 0.3 }), 'numbers'],
  [quantile({ quantile: 0.9 }), 'numbers'],
  [quantile({ quantile: [0.1, 0.3, 0.5, 0.95] }), 'number'],
  [
    joint({
      heads: [
        { loss: huber({ delta: 0.5 }), outputs: 1 },
        { loss: focal({ gamma: 1 }), outputs: 2 },
        { loss: 'squared', outputs: 1 },
      ],
    }),
    'mixed',
  ],
  [
    joint({
      heads: [
        { loss: 'crossEntropy', outputs: 2 },
        { loss: quantile({ quantile: [0.2, 0.6] }), outputs: 2 },
      ],
    }),
    'class and number',
  ],
  [focal({ gamma: 0.5, alpha: 0.25 }), 'bits'],
  [focal({ gamma: 3.5 }), 'classes'],
];

export const isClassifier = (loss: LossLike): boolean =>
  ['crossEntropy', 'logistic', 'hinge', 'squaredHinge', 'focal'].includes(typeof loss === 'string' ? loss : loss.name);
