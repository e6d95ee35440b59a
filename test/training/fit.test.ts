import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import type { Run } from '../../lib/training/run';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { ReferenceNetwork, ReferenceTraining } from '../support/reference_network';
import { SplitMix } from '../support/split_mix';

const make = () =>
  network({ inputs: 4, layers: [dense(8, { activation: 'tanh' }), dense(3)], type: 'float64', seed: 6 });
const { data, examples } = task(50, 4, 3, 'crossEntropy', 'classes');
const held = task(20, 4, 3, 'crossEntropy', 'classes');
const options = { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.01 }) } as const;

describe('a run', () => {
  test('takes a step for each minibatch, the last of which can be smaller', async () => {
    const model = make();
    const { steps, epochs, status } = await model.fit(data, { ...options, batchSize: 16, epochs: 3, shuffle: false });
    expect({ steps, status }).toEqual({ steps: 12, status: 'completed' });
    expect(epochs.map(({ epoch, steps }) => [epoch, steps])).toEqual([
      [1, 4],
      [2, 8],
      [3, 12],
    ]);

    const training = new ReferenceTraining(make(), 'crossEntropy', options.optimizer);
    for (const _ of range(3)) training.epoch(examples, 16);
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-10);
  });

  test.each([50, 51, 1000, Number.MAX_SAFE_INTEGER])(
    'takes one step per epoch if the batch size, %i, is that of the data or above',
    async (batchSize) => {
      const model = make();
      const { steps } = await model.fit(data, { ...options, batchSize, epochs: 2, shuffle: false });
      expect(steps).toBe(2);
      const whole = make();
      await whole.fit(data, { ...options, batchSize: 50, epochs: 2, shuffle: false });
      expectSameBits(model.parameters, whole.parameters);
    },
  );

  test('takes one epoch, 32 rows at a time, by default', async () => {
    const { epochs, steps } = await make().fit(data, options);
    expect([epochs.length, steps]).toEqual([1, 2]);
  });

  test('can take one row at a time', async () => {
    const model = make();
    await model.fit(data, { ...options, batchSize: 1, shuffle: false });
    const training = new ReferenceTraining(make(), 'crossEntropy', options.optimizer);
    training.epoch(examples, 1);
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-10);
  });

  test('visits all rows in each epoch, in an order that the seed determines', async () => {
    const model = make();
    await model.fit(data, { ...options, batchSize: 8, epochs: 3, seed: 5 });
    const training = new ReferenceTraining(make(), 'crossEntropy', options.optimizer);
    for (const epoch of range(3))
      training.epoch(
        new SplitMix(5, 'order', epoch).permutation(50).map((row) => examples[row]!),
        8,
      );
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-10);
  });

  test('shuffles with seed 0 by default', async () => {
    const [model, seeded, other] = [make(), make(), make()];
    await model.fit(data, { ...options, batchSize: 8 });
    await seeded.fit(data, { ...options, batchSize: 8, shuffle: true, seed: 0 });
    await other.fit(data, { ...options, batchSize: 8, seed: 1 });
    expectSameBits(model.parameters, seeded.parameters);
    expect(model.parameters).not.toEqual(other.parameters);
  });

  test('over a selection sees its rows only', async () => {
    const model = make();
    const rows = [7, 3, 3, 40];
    await model.fit(data.select(rows), { ...options, batchSize: 2, shuffle: false });
    const training = new ReferenceTraining(make(), 'crossEntropy', options.optimizer);
    training.epoch(
      rows.map((row) => examples[row]!),
      2,
    );
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-10);
  });

  test('begins with fresh states, wherever the parameters are', async () => {
    const model = make();
    await model.fit(data, { ...options, shuffle: false });
    const training = new ReferenceTraining(model, 'crossEntropy', options.optimizer);
    await model.fit(data, { ...options, shuffle: false });
    training.epoch(examples, 32);
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-10);
  });

  test('ascends if the rule maximises', async () => {
    const model = make();
    const optimizer = sgd({ learningRate: 0.01, maximize: true, weightDecay: 0.1 });
    await model.fit(data, { ...options, optimizer, shuffle: false, epochs: 3 });
    const training = new ReferenceTraining(make(), 'crossEntropy', optimizer);
    for (const _ of range(3)) training.epoch(examples, 32);
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-10);
  });

  test('does not change when several models are trained side by side', async () => {
    const alone = make();
    await alone.fit(data, { ...options, epochs: 50 });
    const models = range(4).map(make);
    await Promise.all(models.map((model) => model.fit(data, { ...options, epochs: 50 })));
    for (const model of models) expectSameBits(model.parameters, alone.parameters);
  });

  test('trains on bytes and doubles as on floats', async () => {
    const numbers = examples.flatMap(({ inputs }) =>
      Array.from(inputs, (x) => Math.round(Math.min(255, Math.abs(20 * x)))),
    );
    const targets = examples.map((example) => example.targets[0]!);
    const trained = await Promise.all(
      [Uint8Array, Uint8ClampedArray, Float32Array, Float64Array, Int16Array].map(async (Class) => {
        const model = make();
        await model.fit(new Dataset({ inputs: Class.from(numbers), columns: 4, scale: 1 / 32, targets }), options);
        return model.parameters;
      }),
    );
    for (const parameters of trained) expectSameBits(parameters, trained[0]!);
  });
});

describe('the report of an epoch', () => {
  test('has the mean of the losses of its minibatches, each before its step', async () => {
    const training = new ReferenceTraining(make(), 'crossEntropy', options.optimizer);
    const { epochs } = await make().fit(data, { ...options, batchSize: 20, epochs: 2, shuffle: false });
    for (const { loss } of epochs) {
      const [first, second, third] = training.epoch(examples, 20);
      expect(loss).toBeCloseTo((20 * first! + 20 * second! + 10 * third!) / 50, 12);
    }
  });

  test('has the accuracy on request', async () => {
    const reference = new ReferenceNetwork(make());
    const [asked, unasked] = await Promise.all([
      make().fit(data, { ...options, batchSize: 50, metrics: ['accuracy'], validation: held.data }),
      make().fit(data, { ...options, batchSize: 50, validation: held.data }),
    ]);
    expect(asked.epochs[0]!.accuracy).toBeCloseTo(reference.accuracy(examples, 'crossEntropy'), 14);
    expect(Object.keys(asked.epochs[0]!.validation!).sort()).toEqual(['accuracy', 'loss']);
    expect(unasked.epochs[0]).not.toHaveProperty('accuracy');
    expect(Object.keys(unasked.epochs[0]!.validation!)).toEqual(['loss']);
  });

  test('has the scores over the validation data after the epoch', async () => {
    const model = make();
    const { epochs } = await model.fit(data, { ...options, epochs: 3, validation: held.data, metrics: ['accuracy'] });
    expect(epochs[2]!.validation).toEqual(model.evaluate(held.data, { loss: 'crossEntropy', metrics: ['accuracy'] }));
    expect(epochs[0]!.validation).not.toEqual(epochs[2]!.validation);
    expect((await make().fit(data, options)).epochs[0]).not.toHaveProperty('validation');
  });

  test('does not depend on whether there is validation data', async () => {
    const [model, validated] = [make(), make()];
    await model.fit(data, { ...options, epochs: 3 });
    await validated.fit(data, { ...options, epochs: 3, validation: held.data });
    expectSameBits(model.parameters, validated.parameters);
  });

  test('has the learning rate and the speed', async () => {
    const { epochs } = await make().fit(data, { ...options, epochs: 2 });
    for (const { learningRate, seconds, examplesPerSecond } of epochs) {
      expect(learningRate).toBe(0.01);
      expect(seconds).toBeGreaterThan(0);
      expect(examplesPerSecond).toBeCloseTo(50 / seconds, 3);
    }
  });
});

describe('the progress of a run', () => {
  test('counts from zero to the total number of steps', async () => {
    const run: Run = make().fit(data, { ...options, batchSize: 10, epochs: 4 });
    expect(run.progress).toMatchObject({ epochs: 4, totalSteps: 20 });
    expect(run.progress.steps).toBeLessThanOrEqual(20);
    const { epochs } = await run;
    expect(run.progress).toMatchObject({ epoch: 4, epochs: 4, steps: 20, totalSteps: 20, loss: epochs[3]!.loss });
  });
});
