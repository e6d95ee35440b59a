import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { sgd } from '../../lib/optimizers/sgd';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import { type FitOptions, network } from '../../lib/training/network';
import { expectRefusal } from '../support/refusals';

const inputs = Float32Array.from({ length: 120 }, (_, i) => Math.sin(7.3 * i));
const targets = Uint8Array.from({ length: 40 }, (_, i) => (inputs[3 * i]! > 0 ? 1 : 0));
const data = new Dataset({ inputs, targets, columns: 3 });

const train = (plateau: Parameters<typeof reduceOnPlateau>[0], options: Partial<FitOptions> = {}) =>
  network({ inputs: 3, layers: [dense(4, { activation: 'tanh' }), dense(2)], seed: 1 }).fit(data, {
    loss: 'crossEntropy',
    optimizer: sgd({ learningRate: reduceOnPlateau(plateau) }),
    batchSize: 7,
    epochs: 9,
    ...options,
  });

/** The rate of each epoch, if a schedule observes one of these metrics after each. */
function ratesFor(plateau: Parameters<typeof reduceOnPlateau>[0], metrics: number[]): number[] {
  const schedule = reduceOnPlateau(plateau);
  return metrics.map((metric) => {
    const rate = schedule(0);
    schedule.observe(metric);
    return rate;
  });
}

describe('reduce-on-plateau in a run', () => {
  test('observes the loss of each epoch before the next one begins', async () => {
    const options = { from: 0.5, factor: 0.5, patience: 0, threshold: 0.05 };
    const { epochs } = await train(options);
    const rates = epochs.map(({ learningRate }) => learningRate);
    expect(rates).toEqual(
      ratesFor(
        options,
        epochs.map(({ loss }) => loss),
      ),
    );
    expect(rates.at(-1)).toBeLessThan(0.5);
  });

  test('observes the loss of validation where there is one', async () => {
    const options = { from: 0.5, factor: 0.5, patience: 0, threshold: 0.05 };
    const { epochs } = await train(options, { validation: data.select([1, 2, 3, 5, 8]) });
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual(
      ratesFor(
        options,
        epochs.map(({ validation }) => validation!.loss),
      ),
    );
  });

  test('observes the metric of `monitor`', async () => {
    const options = { from: 0.5, factor: 0.5, patience: 0, mode: 'max' as const };
    const { epochs } = await train(options, { monitor: 'accuracy', metrics: ['accuracy'] });
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual(
      ratesFor(
        options,
        epochs.map(({ accuracy }) => accuracy!),
      ),
    );
  });

  test('trains with the rates that it reports', async () => {
    const frozen = await train({ from: 0.5, factor: 0, patience: 0, threshold: 0.9 });
    const losses = frozen.epochs.map(({ loss }) => loss);
    expect(frozen.epochs.map(({ learningRate }) => learningRate).slice(0, 3)).toEqual([0.5, 0.5, 0]);
    expect(losses[4]).toBeCloseTo(losses[3]!, 5);
  });

  test('monitors only metrics that are computed', () => {
    const options = { from: 0.5 };
    expectRefusal(() => train(options, { monitor: 'validation.loss' }), 'ERR_INVALID_ARGUMENT', 'validation');
    expectRefusal(() => train(options, { monitor: 'accuracy' }), 'ERR_INVALID_ARGUMENT', 'metrics');
    expectRefusal(() => train(options, { monitor: 'los' as never }), 'ERR_INVALID_ARGUMENT', 'Did you mean "loss"?');
    expectRefusal(
      () => train(options, { monitor: 'loss', optimizer: sgd() }),
      'ERR_INVALID_ARGUMENT',
      'reduceOnPlateau',
    );
  });
});
