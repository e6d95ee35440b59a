import { numberText } from '../../numbers/number_text.js';
import type { TrainReport } from '../../tables/index.js';
import { counted } from './score_words.js';

/** How the parameters of a model were found, as the end of a sentence or as an item of a list. */
export function methodText({
  rule,
  epochs,
  learningRate,
  weightDecay,
  batchSize,
  penalty,
  softmax,
}: Pick<
  TrainReport,
  'rule' | 'epochs' | 'learningRate' | 'weightDecay' | 'batchSize' | 'penalty' | 'softmax'
>): string {
  if (learningRate === undefined || batchSize === undefined)
    return `the exact solution${penalty ? ` with a penalty of ${numberText(penalty)}` : ''}`;
  const decay = weightDecay ? ` and weight decay ${numberText(weightDecay)}` : '';
  const classes = softmax ? ` with a ${softmax} softmax` : '';
  return `${counted(epochs, 'epoch')} of ${rule}${classes} in minibatches of ${numberText(batchSize)}, learning rate ${numberText(learningRate)}${decay}`;
}
