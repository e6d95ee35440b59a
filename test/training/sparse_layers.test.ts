import type { FloatType } from '../../lib/addon';
import type { FitOptions } from '../../lib/training/network';
import { greatestError } from '../support/closeness';
import { lazyRules } from '../support/sparse_rules';
import { categoricalTwins, sparseTwins, type Twins } from '../support/sparse_tasks';

const bounds: [FloatType, number][] = [
  ['float64', 1e-12],
  ['float32', 1e-6],
];

const tasks: [string, (type: FloatType) => Twins][] = [
  ['a linear model', (type) => sparseTwins(undefined, { type })],
  ['a linear model of several outputs', (type) => sparseTwins(undefined, { type, outputs: 3, hasValues: false })],
  ['a network', (type) => sparseTwins(6, { type, outputs: 2 })],
  ['embeddings', (type) => categoricalTwins({ type, outputs: 2 })],
];

async function expectSameTraining({ sparse, dense }: Twins, options: FitOptions, bound: number): Promise<void> {
  const [few, all] = await Promise.all(
    [sparse, dense].map(async ({ model: make, data }) => {
      const model = make();
      const { epochs } = await model.fit(data, { ...options, validation: data, epochs: 3 });
      return { model, epochs, outputs: model.predict(data) };
    }),
  );
  expect(greatestError(few!.model.parameters, all!.model.parameters)).toBeLessThan(bound);
  expect(greatestError(few!.outputs, all!.outputs)).toBeLessThan(10 * bound);
  for (const [i, { loss, validation }] of few!.epochs.entries()) {
    expect(Math.abs(loss / all!.epochs[i]!.loss - 1)).toBeLessThan(10 * bound);
    expect(Math.abs(validation!.loss / all!.epochs[i]!.validation!.loss - 1)).toBeLessThan(10 * bound);
  }
}

describe.each(bounds)('in %s', (type, bound) => {
  describe.each(tasks)('%s with few stored inputs trains as on all of them', (_, make) => {
    const twins = make(type);
    describe.each([1, 7, 23])('in minibatches of %i', (batchSize) => {
      test.each(lazyRules)('by %s', (_, optimizer) =>
        expectSameTraining(twins, { loss: 'squared', optimizer, batchSize, seed: 3 }, bound),
      );
    });
  });
});
