import { Dataset } from '../../lib/data/dataset';
import { adamw } from '../../lib/optimizers/adamw';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { withThreads } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';
import { lazyRules } from '../support/sparse_rules';
import { categoricalTwins, sparseTwins, type Twins } from '../support/sparse_tasks';

const tasks: [string, Twins][] = [
  ['a linear model', sparseTwins(undefined)],
  ['a network', sparseTwins(6)],
  ['embeddings', categoricalTwins()],
];

const trainerOf = ({ sparse }: Twins, optimizer: Rule, options: Partial<TrainerOptions> = {}) => {
  const model = sparse.model();
  return { model, trainer: new Trainer(model, { loss: 'squared', optimizer, ...options }) };
};

const batches = (size: number, rows = 23) =>
  range(Math.ceil(rows / size)).map((b) => range(Math.min(size, rows - b * size)).map((i) => b * size + i));

describe.each(tasks)('a trainer of %s with few stored inputs', (_, twins) => {
  const targetsOf = (some: number[]) => some.map((i) => twins.targets[i]!);

  describe.each([1, 7])('in minibatches of %i', (size) => {
    test.each(lazyRules)('steps like its runs, by %s', async (_, rule) => {
      const [online, running] = [trainerOf(twins, rule), trainerOf(twins, rule)];
      for (const _ of range(2))
        for (const some of batches(size)) online.trainer.step(twins.sparse.inputs(some), targetsOf(some));
      await running.trainer.fit(twins.sparse.data, { batchSize: size, epochs: 2, shuffle: false });
      expect(online.trainer.steps).toBe(running.trainer.steps);
      expect(greatestError(online.model.parameters, running.model.parameters)).toBeLessThan(1e-13);
    });
  });

  test.each(lazyRules)('continues from run to run, by %s', async (_, rule) => {
    const [pieces, whole] = [trainerOf(twins, rule), trainerOf(twins, rule)];
    for (const epochs of [1, 2]) await pieces.trainer.fit(twins.sparse.data, { batchSize: 5, epochs });
    await whole.trainer.fit(twins.sparse.data, { batchSize: 5, epochs: 3 });
    expect(greatestError(pieces.model.parameters, whole.model.parameters)).toBeLessThan(1e-13);
  });

  // FTRL's parameters depend on its state alone.
  const others = lazyRules.filter(([, { name }]) => name !== 'ftrl');

  test.each(others)('continues from parameters that the caller changes, by %s', async (_, rule) => {
    const [few, all] = await Promise.all(
      [twins.sparse, twins.dense].map(async ({ model: make, data }) => {
        const model = make();
        const trainer = new Trainer(model, { loss: 'squared', optimizer: rule });
        await trainer.fit(data, { batchSize: 4 });
        model.parameters.forEach((theta, i) => {
          model.parameters[i] = theta + 0.1 * Math.cos(i);
        });
        await trainer.fit(data, { batchSize: 1 });
        return model.parameters;
      }),
    );
    expect(greatestError(few!, all!)).toBeLessThan(1e-11);
  });

  test.each(lazyRules)('gives the same bits with 1 and 2 threads, by %s', async (_, optimizer) => {
    const [one, two] = [twins.sparse.model(), twins.sparse.model()];
    for (const [threads, model] of [
      [1, one],
      [2, two],
    ] as const)
      await withThreads(threads, () =>
        model.fit(twins.sparse.data, { loss: 'squared', optimizer, batchSize: 9, epochs: 3 }),
      );
    expectSameBits(two.parameters, one.parameters);
  });
});

describe('groups of tensors', () => {
  const twins = categoricalTwins();

  test('can freeze a table, and the other table is trained as before', async () => {
    const groups = [{ tensors: ['layers.0.tables.1'], frozen: true }];
    for (const [name, optimizer] of lazyRules) {
      const { model, trainer } = trainerOf(twins, optimizer, { groups });
      await trainer.fit(twins.sparse.data, { batchSize: 4, epochs: 2 });
      const before = twins.sparse.model().tensors;
      expectSameBits(model.tensors.get('layers.0.tables.1')!.data, before.get('layers.0.tables.1')!.data, name);
      const dense = twins.dense.model();
      const frozen = [...dense.tensors.keys()][1]!;
      await dense.fit(twins.dense.data, {
        loss: 'squared',
        optimizer,
        groups: [{ tensors: [frozen], frozen: true }],
        batchSize: 4,
        epochs: 2,
      });
      expect(greatestError(model.parameters, dense.parameters)).toBeLessThan(1e-12);
    }
  });

  test.each([1, 4])('can freeze a tensor of a linear model, in minibatches of %i', async (batchSize) => {
    const linear = sparseTwins(undefined);
    for (const frozen of ['layers.0.weight', 'layers.0.bias'])
      for (const [name, optimizer] of lazyRules) {
        const options = {
          loss: 'squared',
          optimizer,
          groups: [{ tensors: [frozen], frozen: true }],
          batchSize,
        } as const;
        const [few, all] = [linear.sparse.model(), linear.dense.model()];
        await few.fit(linear.sparse.data, options);
        await all.fit(linear.dense.data, options);
        expectSameBits(few.tensors.get(frozen)!.data, linear.sparse.model().tensors.get(frozen)!.data, name);
        expect(greatestError(few.parameters, all.parameters)).toBeLessThan(1e-12);
      }
  });

  test('have their own rates', async () => {
    const groups = [{ tensors: ['layers.0.tables.0'], learningRate: 0.2, weightDecay: 0.5 }];
    const optimizer = adamw({ learningRate: 0.01, weightDecay: 0.1 });
    const { model, trainer } = trainerOf(twins, optimizer, { groups });
    await trainer.fit(twins.sparse.data, { batchSize: 4, epochs: 2 });
    const dense = twins.dense.model();
    const own = { ...groups[0]!, tensors: [[...dense.tensors.keys()][0]!] };
    await dense.fit(twins.dense.data, { loss: 'squared', optimizer, groups: [own], batchSize: 4, epochs: 2 });
    expect(greatestError(model.parameters, dense.parameters)).toBeLessThan(1e-12);
  });
});

describe('minibatches that are not finite', () => {
  const twins = sparseTwins(6, { type: 'float32' });
  const x = (some: number[]) => twins.sparse.inputs(some);

  test('change nothing', () => {
    for (const [, rule] of lazyRules) {
      const { model, trainer } = trainerOf(twins, rule);
      trainer.step(x([0, 1]), [twins.targets[0]!, twins.targets[1]!]);
      const before = model.parameters.slice();
      expectRefusal(() => trainer.step(x([2]), [3e38]), 'ERR_NON_FINITE', 'at step 2');
      expectSameBits(model.parameters, before);
    }
  });

  test('are skipped on request', () => {
    for (const [, rule] of lazyRules) {
      const [skipping, plain] = [trainerOf(twins, rule, { onNonFinite: 'skip' }), trainerOf(twins, rule)];
      for (const some of batches(6)) {
        skipping.trainer.step(x([2]), [3e38]);
        const targets = some.map((i) => twins.targets[i]!);
        skipping.trainer.step(x(some), targets);
        plain.trainer.step(x(some), targets);
      }
      expect(skipping.trainer.skipped).toBe(4);
      expect(greatestError(skipping.model.parameters, plain.model.parameters)).toBeLessThan(1e-6);
    }
  });

  test('fail a run, which keeps the parameters of the step before', async () => {
    const { model, trainer } = trainerOf(twins, sgd({ learningRate: 0.1, weightDecay: 0.1 }));
    const { model: byHand, trainer: stepping } = trainerOf(twins, sgd({ learningRate: 0.1, weightDecay: 0.1 }));
    const targets = twins.targets.map((t, i) => (i === 5 ? [3e38] : t));
    const data = new Dataset({ inputs: x(range(23)), targets });
    await expect(trainer.fit(data, { batchSize: 1, shuffle: false })).rejects.toMatchObject({ code: 'ERR_NON_FINITE' });
    for (const i of range(5)) stepping.step(x([i]), targets[i]!);
    expect(greatestError(model.parameters, byHand.parameters)).toBeLessThan(1e-6);
    expect(trainer.steps).toBe(5);
  });
});
