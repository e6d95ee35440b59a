import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { type Network, network } from '../../lib/training/network';
import { digits, pixels } from '../support/digits';
import { range } from '../support/numbers';
import { ReferenceTraining } from '../support/reference_network';

const batchSize = 128;
const steps = 20;
const { inputs, targets, examples } = digits(batchSize * steps);
const data = new Dataset({ inputs, columns: pixels, targets });
const options = { loss: 'crossEntropy', optimizer: adam({ learningRate: 1e-3 }), batchSize, shuffle: false } as const;

const make = (): Network =>
  network({ inputs: pixels, layers: [dense(128, { activation: 'relu' }), dense(10)], seed: 3 });

describe('a 784-128-10 network on handwritten digits', () => {
  const reference = new ReferenceTraining(make(), 'crossEntropy', options.optimizer);
  const expected = reference.epoch(examples, batchSize);

  test('starts with the loss of guessing', () => {
    expect(expected[0]).toBeGreaterThan(1.8);
    expect(expected.at(-1)).toBeLessThan(1.2);
  });

  // Runs over 1, 2, … minibatches begin with equal steps, so the kth loss is the difference of two runs' sums.
  test('follows the losses of the plain reference in each of 20 steps on consecutive minibatches', async () => {
    let before = 0;
    for (const step of range(steps)) {
      const { epochs } = await make().fit(data.select(range((step + 1) * batchSize)), options);
      const total = epochs[0]!.loss * (step + 1);
      expect(Math.abs(total - before - expected[step]!)).toBeLessThan(1e-4);
      before = total;
    }
  });

  test('ends with the parameters of the reference', async () => {
    const model = make();
    await model.fit(data, options);
    const differences = model.parameters.map((value, i) => Math.abs(value - reference.network.parameters[i]!)).sort();
    expect(differences.at(-1)).toBeLessThan(1e-3); // for gradients near ε = 1e-8, rounding may change steps
    expect(differences[Math.floor(differences.length * 0.99)]).toBeLessThan(1e-6);
  });

  test('follows the losses of the reference in 20 epochs over one minibatch', async () => {
    const training = new ReferenceTraining(make(), 'crossEntropy', options.optimizer);
    const { epochs } = await make().fit(data.select(range(batchSize)), { ...options, epochs: steps });
    expect(epochs).toHaveLength(steps);
    for (const { loss } of epochs)
      expect(Math.abs(loss - training.step(examples.slice(0, batchSize)))).toBeLessThan(1e-4);
  });

  test('learns to read', async () => {
    const [training, heldOut] = data.split({ validation: 500, seed: 1 });
    const model = make();
    await model.fit(training, { ...options, shuffle: true, epochs: 5, batchSize: 32 });
    expect(model.evaluate(heldOut, { loss: 'crossEntropy', metrics: ['accuracy'] }).accuracy).toBeGreaterThan(0.9);
  });

  test('learns to read equally well with moments of one byte', async () => {
    const all = digits(5000);
    const whole = new Dataset({ inputs: all.inputs, columns: pixels, targets: all.targets });
    const accuracies = { full: 0, uint8: 0 };
    for (const seed of [1, 2, 3]) {
      const [training, heldOut] = whole.split({ validation: 2000, seed });
      for (const state of ['full', 'uint8'] as const) {
        const model = make();
        await model.fit(training, { ...options, shuffle: true, seed, epochs: 8, batchSize: 64, state });
        const { accuracy } = model.evaluate(heldOut, { loss: 'crossEntropy', metrics: ['accuracy'] });
        accuracies[state] += accuracy! / 3;
      }
    }
    expect(accuracies.full).toBeGreaterThan(0.92);
    expect(Math.abs(accuracies.uint8 - accuracies.full)).toBeLessThanOrEqual(0.003);
  });
});
