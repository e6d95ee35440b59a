import type { FloatArray } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import type { History } from '../../lib/training/history';
import { type FitOptions, type Network, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { digits, pixels } from '../support/digits';
import { task } from '../support/examples';
import { instructionSets, useInstructionSet, withInstructionSet, withThreads } from '../support/instruction_sets';
import { targetsOfLoss } from '../support/loss_examples';

const scoresOf = ({ epochs }: History) =>
  epochs.map(({ loss, accuracy, validation }) => ({ loss, accuracy, validation }));

/** Trains with 1 thread, with 2, and again with 2, and expects equal bits in all results. */
async function expectSameRuns(make: () => Network, data: Dataset, options: FitOptions): Promise<void> {
  const trained = [];
  for (const threads of [1, 2, 2]) {
    const model = make();
    trained.push({ threads, model, scores: scoresOf(await withThreads(threads, () => model.fit(data, options))) });
  }
  for (const { threads, model, scores } of trained) {
    expectSameBits(model.parameters, trained[0]!.model.parameters, `${threads} threads`);
    expect(scores).toEqual(trained[0]!.scores);
  }
}

describe.each(instructionSets)(
  'a run on %s gives the same bits for any number of threads, and when repeated',
  (instructionSet) => {
    useInstructionSet(instructionSet);

    test('with 784-128-10 and digits', async () => {
      const { inputs, targets } = digits(600);
      const [data, validation] = new Dataset({ inputs, columns: pixels, targets }).split({ validation: 100 });
      const make = () => network({ inputs: pixels, layers: [dense(128, { activation: 'relu' }), dense(10)], seed: 1 });
      await expectSameRuns(make, data, {
        loss: 'crossEntropy',
        optimizer: adam(),
        batchSize: 128,
        epochs: 2,
        validation,
        metrics: ['accuracy'],
      });
    });

    describe.each(['float32', 'float64'] as const)('in %s', (type) => {
      test.each(targetsOfLoss)('with all activations, odd sizes and %s of %s', async (loss, targets) => {
        const layers = [
          dense(37, { activation: 'gelu' }),
          dense(1030, { activation: 'tanh' }), // rows larger than a page
          dense(41, { activation: 'sigmoid' }),
          dense(23, { activation: 'relu' }),
          dense(5),
        ];
        const { data } = task(71, 13, 5, loss, targets);
        await expectSameRuns(() => network({ inputs: 13, layers, seed: 2, type }), data, {
          loss,
          optimizer: adamw(),
          batchSize: 33,
        });
      });
    });
  },
);

describe('runs on different instruction sets', () => {
  test.each([
    ['float32', 1e-6],
    ['float64', 1e-14],
  ] as const)('give predictions that agree to within rounding, in %s', async (type, bound) => {
    const { inputs } = digits(100);
    const data = new Dataset({ inputs, columns: pixels });
    const model = network({ inputs: pixels, layers: [dense(128, { activation: 'relu' }), dense(10)], seed: 1, type });
    const predicted: FloatArray[] = [];
    for (const instructionSet of instructionSets)
      predicted.push(await withInstructionSet(instructionSet, () => model.predict(data)));
    const largest = Math.max(...predicted[0]!.map(Math.abs));
    for (const outputs of predicted) expect(greatestError(outputs, predicted[0]!)).toBeLessThan(bound * largest);
  });

  test('agree after many steps in float64', async () => {
    const { data } = task(200, 13, 5, 'crossEntropy', 'classes');
    const trained: FloatArray[] = [];
    for (const instructionSet of instructionSets) {
      const model = network({
        inputs: 13,
        layers: [dense(37, { activation: 'gelu' }), dense(5)],
        seed: 2,
        type: 'float64',
      });
      await withInstructionSet(instructionSet, () =>
        model.fit(data, { loss: 'crossEntropy', optimizer: adam(), epochs: 3 }),
      );
      trained.push(model.parameters);
    }
    for (const parameters of trained)
      expect(parameters.every((value, i) => Math.abs(value - trained[0]![i]!) < 1e-12)).toBe(true);
  });
});
