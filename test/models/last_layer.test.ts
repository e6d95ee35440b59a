import '../../lib/losses/focal';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { flatten } from '../../lib/layers/flatten';
import type { Layer } from '../../lib/layers/layer';
import { parallel } from '../../lib/layers/parallel';
import { softmax } from '../../lib/layers/softmax';
import { adam } from '../../lib/optimizers/adam';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectRefusal } from '../support/refusals';

const data = new Dataset({ inputs: [[1], [2]], targets: [0, 1] });
const bits = new Dataset({
  inputs: [[1], [2]],
  targets: [
    [0, 1],
    [1, 0],
  ],
});
const optimizer = adam();
type Loss = 'logistic' | 'crossEntropy' | 'focal';
const uses = (layers: Layer[], loss: Loss) => {
  const model = network({ inputs: 1, layers });
  const some = loss === 'crossEntropy' ? data : bits;
  return {
    fit: () => void model.fit(some, { loss, optimizer }),
    trainer: () => new Trainer(model, { loss, optimizer }),
    evaluate: () => model.evaluate(some, { loss }),
  };
};

const sigmoid = dense(2, { activation: 'sigmoid' });
const twice: [string, Loss, Layer[], string][] = [
  ['sigmoid', 'focal', [sigmoid], 'ends with the activation "sigmoid", but the loss focal takes logits'],
  ['two softmax', 'focal', [dense(2), softmax(), softmax()], 'the loss focal takes logits and applies a softmax'],
  ['sigmoid', 'logistic', [sigmoid], 'ends with the activation "sigmoid", but the loss logistic takes logits'],
  ['sigmoid before layers that keep it', 'logistic', [sigmoid, flatten(), dropout(0.1)], '"sigmoid"'],
  ['sigmoid of a branch', 'logistic', [parallel([[dense(1)], [dense(1, { activation: 'sigmoid' })]])], '"sigmoid"'],
  [
    'sigmoid of a join',
    'logistic',
    [parallel([[dense(2)], [dense(2)]], { join: 'sum', activation: 'sigmoid' })],
    '"sigmoid"',
  ],
  ['softmax', 'logistic', [dense(2), softmax()], 'ends with softmax(), but the loss logistic'],
  [
    'two softmax',
    'crossEntropy',
    [dense(2), softmax(), softmax()],
    'first softmax() would be applied twice; leave it out',
  ],
  ['softmax before another layer', 'crossEntropy', [dense(2), softmax(), flatten()], 'make it the very last layer'],
];

describe('refuses a last layer that the loss would apply again:', () => {
  test.each(twice)('%s under %s', (_, loss, layers, sentence) => {
    for (const use of Object.values(uses(layers, loss))) expectRefusal(use, 'ERR_INVALID_ARGUMENT', sentence);
  });
});

test.each<[string, Loss, Layer[]]>([
  ['a sigmoid within', 'logistic', [sigmoid, dense(2)]],
  ['a softmax at the end', 'crossEntropy', [dense(2), softmax()]],
  ['a softmax within', 'crossEntropy', [dense(2), softmax(), dense(2)]],
  ['a sigmoid that bounds logits of classes', 'crossEntropy', [sigmoid]],
])('accepts %s', async (_, loss, layers) => {
  for (const use of Object.values(uses(layers, loss))) expect(use).not.toThrow();
});
