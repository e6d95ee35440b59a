import '../../lib/losses/absolute';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { ftrl } from '../../lib/optimizers/ftrl';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { inverseTime } from '../../lib/schedules/inverse_time';
import { linear } from '../../lib/training/linear';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { unseen } from '../support/examples';
import { withThreads } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';
import { sparseTwins } from '../support/sparse_tasks';

const twins = sparseTwins(undefined, { rows: 50 });
const kinds = [
  ['numbers', twins.dense],
  ['sparse columns', twins.sparse],
] as const;

const rules: [string, Rule][] = [
  ['sgd', sgd({ learningRate: 0.02 })],
  ['sgd under a schedule', sgd({ learningRate: inverseTime({ from: 0.02 }) })],
  ['adagrad', adagrad({ learningRate: 0.02 })],
  ['ftrl', ftrl({ learningRate: 0.02 })],
  ['adam', adam({ learningRate: 0.02 })],
];

describe.each(kinds)('a run of a linear model on single examples of %s', (_, { model: make, data, inputs }) => {
  const long = endless(data);
  const told = (optimizer: Rule) => ({ loss: 'squared', optimizer, batchSize: 1, shuffle: false }) as const;

  test.each(rules)('stops in the middle of an epoch, by %s', async (_, optimizer) => {
    const model = make();
    const run = model.fit(long, told(optimizer));
    await reached(run, 10);
    run.stop();
    const { steps, status, epochs } = await run;
    expect([status, epochs.length]).toEqual(['stopped', 0]);
    expect(steps).toBeLessThan(long.rows);
    expect(run.progress.steps).toBe(steps);
    const again = make();
    await again.fit(data.select(range(steps).map((i) => i % data.rows)), told(optimizer));
    expectSameBits(model.parameters, again.parameters);
  });

  test('rejects with the reason if it is aborted', async () => {
    const [model, controller] = [make(), new AbortController()];
    const run = model.fit(long, { ...told(rules[0]![1]), signal: controller.signal });
    await reached(run, 10);
    controller.abort('enough');
    await expect(run).rejects.toBe('enough');
    expectRefusal(() => model.fit(long, { ...told(rules[0]![1]), batchSize: 0 }), 'ERR_OUT_OF_RANGE');
    expect((await model.fit(data, told(rules[0]![1]))).status).toBe('completed');
  });

  test.each(rules)('reports losses and validation, by %s', async (_, optimizer) => {
    const model = make();
    const { epochs } = await model.fit(data, { ...told(optimizer), epochs: 3, validation: data });
    expect(epochs.map(({ epoch, steps }) => [epoch, steps])).toEqual(range(3).map((e) => [e + 1, 50 * (e + 1)]));
    expect(epochs[2]!.validation).toEqual(model.evaluate(data, { loss: 'squared' }));
    const trainer = new Trainer(make(), { loss: 'squared', optimizer });
    for (const { loss } of epochs) {
      const losses = range(50).map((i) => trainer.step(inputs([i]), twins.targets[i]!).loss);
      expect(loss).toBeCloseTo(losses.reduce((sum, x) => sum + x) / 50, 12);
    }
    expect(greatestError(model.parameters, trainer.model.parameters)).toBeLessThan(1e-13);
  });

  test.each(rules)('continues from steps of a trainer, and steps from it, by %s', async (_, optimizer) => {
    const [mixed, online] = [make(), make()].map((model) => new Trainer(model, { loss: 'squared', optimizer }));
    for (const [begin, end, isRun] of [
      [0, 7, false],
      [7, 20, true],
      [20, 21, true],
      [21, 30, false],
      [30, 50, true],
    ] as const) {
      const some = range(end - begin).map((i) => begin + i);
      if (isRun) await mixed!.fit(data.select(some), { batchSize: 1, shuffle: false });
      else for (const i of some) mixed!.step(inputs([i]), twins.targets[i]!);
      for (const i of some) online!.step(inputs([i]), twins.targets[i]!);
      expect(mixed!.steps).toBe(online!.steps);
    }
    expect(greatestError(mixed!.model.parameters, online!.model.parameters)).toBeLessThan(1e-13);
  });

  test.each(rules)('mixes with minibatches, by %s', async (_, optimizer) => {
    const [singles, others] = await Promise.all(
      [1, 2].map(async (threads) => {
        const trainer = new Trainer(make(), { loss: 'squared', optimizer });
        for (const batchSize of [1, 5, 1])
          await withThreads(threads, () => trainer.fit(data, { batchSize, shuffle: false }));
        return trainer.model.parameters;
      }),
    );
    expectSameBits(singles!, others!);
  });

  test('answers predictions meanwhile', async () => {
    const model = make();
    const run = model.fit(long, told(sgd({ learningRate: 0.001 })));
    await reached(run, 1000);
    expect(model.predict(data).every(Number.isFinite)).toBe(true);
    run.stop();
    await run;
  });
});

describe('overflowing numbers in a run on single examples', () => {
  const large = [
    ['numbers', new Dataset({ inputs: [[1], [1], [2], [1]], targets: [1, 1, 3e38, 1] }), 1],
    [
      'sparse columns',
      new Dataset({ inputs: sparse({ columns: 1, rows: [[0], [0], [[0, 2]], [0]] }), targets: [1, 1, 3e38, 1] }),
      { sparse: 1 },
    ],
  ] as const;

  test.each(large)('fail it, with the parameters of the last step, for %s', async (_, data, inputs) => {
    const options = { loss: 'absolute', optimizer: sgd({ learningRate: 0.5 }), batchSize: 1, shuffle: false } as const;
    const squared = { ...options, loss: 'squared' } as const;
    const model = linear({ inputs });
    await expectRejection(
      model.fit(data, squared),
      'ERR_NON_FINITE',
      'at step 3 (epoch 1); parameters are as after step 2. Try a smaller learningRate.',
    );
    const kept = linear({ inputs });
    await kept.fit(data.select([0, 1]), squared);
    expectSameBits(model.parameters, kept.parameters);
    // A large but finite loss is not a failure.
    expect((await linear({ inputs }).fit(data, options)).steps).toBe(4);
  });

  test('can be parameters too', async () => {
    for (const [, data, inputs] of large) {
      const some = data.select([0, 1]);
      const model = linear({ inputs });
      const options = {
        loss: 'squared',
        optimizer: sgd({ learningRate: 1e38 }),
        batchSize: 1,
        shuffle: false,
      } as const;
      await expectRejection(
        model.fit(some, { ...options, epochs: 9 }),
        'ERR_NON_FINITE',
        'parameters are as after step',
      );
      expect(model.parameters.every(Number.isFinite)).toBe(true);
    }
  });

  test('are skipped on request', async () => {
    for (const [, data, inputs] of large) {
      const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.1 }), shuffle: false, batchSize: 1 } as const;
      const [skipping, plain] = [linear({ inputs }), linear({ inputs })];
      // The square of 3e38 overflows in float32.
      const { epochs, steps } = await skipping.fit(data, { ...options, onNonFinite: 'skip', epochs: 2 });
      await plain.fit(data.select([0, 1, 3, 0, 1, 3]), options);
      expectSameBits(skipping.parameters, plain.parameters);
      expect(epochs.map(({ skipped }) => skipped)).toEqual([1, 2]);
      expect(steps).toBe(6);
    }
  });

  test('can come from inputs in shared memory', async () => {
    const data = new Dataset({ ...unseen([[1], [2], [NaN], [4]]), targets: [1, 2, 3, 4] });
    const model = linear({ inputs: 1 });
    const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.01 }), shuffle: false, batchSize: 1 } as const;
    await expectRejection(model.fit(data, options), 'ERR_NON_FINITE', 'the loss became NaN at step 3');
    const skipping = linear({ inputs: 1 });
    expect((await skipping.fit(data, { ...options, onNonFinite: 'skip' })).epochs[0]).toMatchObject({
      skipped: 1,
      steps: 3,
    });
  });
});
