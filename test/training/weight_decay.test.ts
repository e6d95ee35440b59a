import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';

/** Trains without a gradient: inputs are zero, and the biases are already right. */
async function trainedWithoutGradient(optimizer: Rule) {
  const model = network({ inputs: 3, layers: [dense(2)], type: 'float64' });
  const [weights, biases] = [...model.tensors.values()].map(({ data }) => data);
  weights!.fill(2);
  biases!.set([5, -7]);
  const data = new Dataset({
    inputs: [
      [0, 0, 0],
      [0, 0, 0],
    ],
    targets: [
      [5, -7],
      [5, -7],
    ],
  });
  await model.fit(data, { loss: 'squared', optimizer, batchSize: 1 });
  return { weights: [...weights!], biases: [...biases!] };
}

describe('weight decay in a run', () => {
  test('shrinks weights, not biases', async () => {
    const { weights, biases } = await trainedWithoutGradient(adamw({ learningRate: 0.25, weightDecay: 2 }));
    expect(weights).toEqual(new Array(6).fill(0.5)); // two factors of 1 − 0.25 · 2
    expect(biases).toEqual([5, -7]);
  });

  test.each([
    ['sgd', sgd({ learningRate: 0.1, weightDecay: 0.5 })],
    ['sgd with momentum', sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.5 })],
    ['adam', adam({ learningRate: 0.1, weightDecay: 0.5 })],
    ['adamw with amsgrad', adamw({ learningRate: 0.1, weightDecay: 0.5, amsgrad: true })],
  ])('does not apply to biases by %s', async (_, optimizer) => {
    const { weights, biases } = await trainedWithoutGradient(optimizer);
    expect(weights.every((weight) => weight > 0 && weight < 2)).toBe(true);
    expect(biases).toEqual([5, -7]);
  });
});
