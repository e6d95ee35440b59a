import type { FloatType } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ema, polyak, swa } from '../../lib/optimizers/average';
import { lookahead } from '../../lib/optimizers/lookahead';
import { muon } from '../../lib/optimizers/muon';
import type { Rule } from '../../lib/optimizers/rule';
import { sam } from '../../lib/optimizers/sam';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import type { EpochReport } from '../../lib/training/history';
import { type FitOptions, network } from '../../lib/training/network';
import type { RunOptions } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { dataOf, task } from '../support/examples';
import { HandDriven } from '../support/hand_driven';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectRejection } from '../support/refusals';
import { rules } from '../support/rules';

const make = (type: FloatType = 'float32') =>
  network({ inputs: 4, layers: [dense(8, { activation: 'tanh' }), dense(3)], type, seed: 6 });
const { examples, data } = task(50, 4, 3, 'squared', 'numbers');
const held = task(20, 4, 3, 'squared', 'numbers').data;
const x = examples.map(({ inputs }) => Array.from(inputs));
const y = examples.map(({ targets }) => targets);

const comparable = ({ loss, accuracy, validation, epoch, steps, learningRate, skipped }: EpochReport) => ({
  loss,
  accuracy,
  validation,
  epoch,
  steps,
  learningRate,
  skipped,
});

/** Expects equal bits and reports from runs of 2 and 3 epochs and a run of 5. */
async function expectContinued(
  options: Omit<TrainerOptions, 'loss'>,
  {
    batchSize = 8,
    type = 'float32' as FloatType,
    some = data,
    ...run
  }: RunOptions & { type?: FloatType; some?: Dataset } = {},
): Promise<void> {
  const [model, whole, once] = [make(type), make(type), make(type)];
  const all = { loss: 'squared', seed: 3, ...options } as const;
  const trainer = new Trainer(model, all);
  const first = await trainer.fit(some, { ...run, batchSize, epochs: 2 });
  const second = await trainer.fit(some, { ...run, batchSize, epochs: 3 });
  const other = new Trainer(whole, all);
  const { epochs, steps, status } = await other.fit(some, { ...run, batchSize, epochs: 5 });
  expectSameBits(model.parameters, whole.parameters);
  expect([...first.epochs, ...second.epochs].map(comparable)).toEqual(epochs.map(comparable));
  expect([second.steps, trainer.steps, other.steps]).toEqual([steps, steps, steps]);
  expect(status).toBe('completed');
  await once.fit(some, { ...all, ...run, batchSize, epochs: 5 } as FitOptions);
  expectSameBits(once.parameters, whole.parameters);
}

describe('two runs of a trainer equal one', () => {
  test.each(rules)('by %s', async (_, optimizer) => {
    for (const type of ['float32', 'float64'] as const) await expectContinued({ optimizer }, { type });
  });

  const optimizer = adamw({
    learningRate: cosine({ from: 0.05, to: 0.01, steps: 30 }),
    beta1: linearSchedule({ from: 0.9, to: 0.5, steps: 30 }),
  });
  const scheduled = scheduleFree({
    base: 'adamw',
    learningRate: 0.05,
    beta1: linearSchedule({ from: 0.9, to: 0.5, steps: 30 }),
  });
  test.each<[string, Omit<TrainerOptions, 'loss'>]>([
    ['polyak', { optimizer, average: polyak({ start: 3 }) }],
    ['ema', { optimizer, average: ema({ decay: 0.8 }) }],
    ['swa', { optimizer, average: swa({ start: 4, every: 3 }) }],
    ['scheduleFree under schedules', { optimizer: scheduled }],
    ['an average of scheduleFree', { optimizer: scheduled, average: ema({ decay: 0.5 }) }],
    ['lookahead', { optimizer: lookahead(optimizer, { steps: 4 }) }],
    ['sam', { optimizer: sam(scheduled) }],
    ['muon', { optimizer: muon({ learningRate: 0.05 }) }],
    ['accumulate', { optimizer, accumulate: 3 }],
    ['accumulate and average', { optimizer: scheduled, accumulate: 3, average: polyak() }],
    ['clip', { optimizer, clip: { norm: linearSchedule({ from: 0.5, to: 0.1, steps: 20 }) } }],
    ['groups', { optimizer: scheduled, groups: [{ tensors: ['layers.0.weight'], rule: adam() }] }],
    ['a frozen group', { optimizer: scheduled, groups: [{ tensors: ['layers.0.weight'], frozen: true }] }],
    ['division by almost nothing', { optimizer: adam({ epsilon: 1e-46 }), average: ema({ decay: 0.5 }) }],
  ])('under %s', async (_, options) => {
    await expectContinued(options, { validation: held });
    await expectContinued(options, { shuffle: false, type: 'float64' });
  });

  test('that skip non-finite gradients', async () => {
    const some = dataOf(examples.map((example, i) => (i === 20 ? { ...example, inputs: [1, NaN, 2, 3] } : example)));
    await expectContinued({ optimizer, onNonFinite: 'skip' }, { some });
    await expectContinued({ optimizer: scheduled, onNonFinite: 'skip', accumulate: 2 }, { some });
  });

  test.each(['bfloat16', 'uint8'] as const)('with state in %s', async (state) => {
    const wide = () => network({ inputs: 64, layers: [dense(64, { activation: 'tanh' }), dense(3)], seed: 6 });
    const some = task(24, 64, 3, 'squared', 'numbers').data;
    const [model, whole] = [wide(), wide()];
    const trainer = new Trainer(model, { loss: 'squared', optimizer: adam(), state });
    for (const epochs of [2, 3]) await trainer.fit(some, { batchSize: 8, epochs });
    await new Trainer(whole, { loss: 'squared', optimizer: adam(), state }).fit(some, { batchSize: 8, epochs: 5 });
    expectSameBits(model.parameters, whole.parameters);
  });

  test('that observe a plateau', async () => {
    const plateau = () => reduceOnPlateau({ from: 0.1, factor: 0.5, patience: 0, threshold: 0.2 });
    const [model, whole] = [make(), make()];
    const options = { loss: 'squared' } as const;
    const trainer = new Trainer(model, { ...options, optimizer: sgd({ learningRate: plateau() }) });
    const rates: number[] = [];
    for (const epochs of [2, 3])
      rates.push(...(await trainer.fit(data, { batchSize: 8, epochs })).epochs.map(({ learningRate }) => learningRate));
    const { epochs } = await whole.fit(data, {
      ...options,
      optimizer: sgd({ learningRate: plateau() }),
      batchSize: 8,
      epochs: 5,
    });
    expectSameBits(model.parameters, whole.parameters);
    expect(rates).toEqual(epochs.map(({ learningRate }) => learningRate));
    expect(rates.at(-1)).toBeLessThan(0.1);
  });

  describe.each(instructionSets)('on %s', (instructionSet) => {
    useInstructionSet(instructionSet);

    test('with any number of threads', async () => {
      for (const threads of [1, 2, 3])
        await withThreads(threads, () =>
          expectContinued({ optimizer: scheduled, average: polyak() }, { batchSize: 20 }),
        );
    });
  });
});

describe('runs and steps of one trainer', () => {
  const rule = scheduleFree({ learningRate: 0.05, warmupSteps: 3 });

  test.each<[string, Pick<FitOptions, 'average' | 'clip'>]>([
    ['nothing', {}],
    ['an average', { average: ema({ decay: 0.7 }) }],
  ])('share its state, under %s', async (_, wrapping) => {
    const model = make('float64');
    const trainer = new Trainer(model, { loss: 'squared', optimizer: rule, ...wrapping });
    const byHand = new HandDriven(make('float64'), rule, wrapping);
    const expectSame = () => expect(greatestError(model.parameters, byHand.evaluated())).toBeLessThan(1e-11);
    const epoch = async () => {
      await trainer.fit(data, { batchSize: 20, shuffle: false });
      for (const i of [0, 20, 40]) byHand.step(examples.slice(i, i + 20));
      expectSame();
    };
    const step = () => {
      trainer.step(x.slice(0, 5), y.slice(0, 5));
      byHand.step(examples.slice(0, 5));
      expectSame();
    };
    for (const go of [step, step, epoch, step, epoch, epoch, step]) await go();
    expect(trainer.steps).toBe(13);
  });

  test('count steps together', async () => {
    const rate = cosine({ from: 0.1, steps: 20 });
    const trainer = new Trainer(make(), { loss: 'squared', optimizer: sgd({ learningRate: rate }) });
    trainer.step(x, y);
    const { steps, epochs } = await trainer.fit(data, { batchSize: 10, epochs: 2 });
    expect([steps, trainer.steps]).toEqual([11, 11]);
    expect(epochs.map((report) => [report.epoch, report.steps, report.learningRate])).toEqual([
      [1, 6, rate(5)],
      [2, 11, rate(10)],
    ]);
    expect(trainer.learningRate).toBe(rate(11));
    expect(trainer.step(x, y).steps).toBe(12);
  });

  test('share the accumulated gradients', async () => {
    const model = make('float64');
    const options = { loss: 'squared', optimizer: adam({ learningRate: 0.02 }), accumulate: 3 } as const;
    const trainer = new Trainer(model, options);
    const byHand = new HandDriven(make('float64'), options.optimizer, {});
    trainer.step(x.slice(0, 10), y.slice(0, 10));
    const run = trainer.fit(data, { batchSize: 10, epochs: 2, shuffle: false });
    expect(run.progress.totalSteps).toBe(4);
    const { steps } = await run;
    expect(steps).toBe(4);
    expect(run.progress.steps).toBe(4);
    byHand.step([...examples.slice(0, 10), ...examples.slice(0, 20)]);
    byHand.step(examples.slice(20));
    byHand.step(examples.slice(0, 30));
    byHand.step(examples.slice(30));
    expect(greatestError(model.parameters, byHand.evaluated())).toBeLessThan(1e-11);
  });

  test('share the accumulated gradients under a plateau schedule', async () => {
    const learningRate = reduceOnPlateau({ from: 0.01, patience: 0 });
    const trainer = new Trainer(make(), { loss: 'squared', optimizer: sgd({ learningRate }), accumulate: 5 });
    trainer.step(x, y);
    const { steps, status } = await trainer.fit(data, { batchSize: 10, epochs: 3 });
    expect([steps, status]).toEqual([4, 'completed']);
  });
});

describe('the epochs of a trainer', () => {
  test('visit the data in different orders, determined by the seed', async () => {
    const one = dataOf(examples.slice(0, 8));
    const orders = async (seed: number) => {
      const trainer = new Trainer(make(), { loss: 'squared', optimizer: sgd({ learningRate: 0.01 }), seed });
      const models: Float64Array[] = [];
      for (const _ of range(3)) {
        trainer.model.parameters.set(make().parameters);
        await trainer.fit(one, { batchSize: 1 });
        models.push(Float64Array.from(trainer.model.parameters));
      }
      return models;
    };
    const [first, again, other] = [await orders(1), await orders(1), await orders(2)];
    expect(again).toEqual(first);
    expect(new Set([...first, ...other].map(String)).size).toBe(6);
  });

  test('count if they are stopped', async () => {
    const trainer = new Trainer(make(), { loss: 'squared', optimizer: scheduleFree({ learningRate: 0.01 }) });
    const run = trainer.fit(endless(data), { batchSize: 1 });
    await reached(run, 1);
    expect(trainer.steps).toBeGreaterThanOrEqual(1);
    run.stop();
    const { status, steps } = await run;
    expect([status, steps]).toEqual(['stopped', trainer.steps]);
    const { epochs } = await trainer.fit(data, { batchSize: 10 });
    expect(epochs[0]).toMatchObject({ epoch: 2, steps: steps + 5 });
  });

  test('do not count if none began', async () => {
    const trainer = new Trainer(make(), { loss: 'squared', optimizer: sgd() });
    await expect(trainer.fit(data, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    const { epochs } = await trainer.fit(data);
    expect(epochs[0]!.epoch).toBe(1);
  });
});

describe('a run of a trainer', () => {
  test('continues after a stop', async () => {
    for (const optimizer of [scheduleFree({ learningRate: 0.02 }), adam()]) {
      const [model, whole] = [make(), make()];
      const options = { loss: 'squared', optimizer, average: ema({ decay: 0.9 }) } as const;
      const trainer = new Trainer(model, options);
      const run = trainer.fit(endless(data), { batchSize: 10, shuffle: false });
      await reached(run, 3);
      run.stop();
      const { steps } = await run;
      const other = new Trainer(whole, options);
      await other.fit(data.select(range(10 * steps).map((i) => i % 50)), { batchSize: 10, shuffle: false });
      expectSameBits(model.parameters, whole.parameters);
      for (const one of [trainer, other]) await one.fit(data, { batchSize: 10, shuffle: false });
      expectSameBits(model.parameters, whole.parameters);
    }
  });

  test('that fails leaves the trainer as after its last step, with its state', async () => {
    const spoiled = dataOf(examples.map((example, i) => (i === 20 ? { ...example, inputs: [1, NaN, 2, 3] } : example)));
    const good = data.select(range(20));
    for (const options of [{}, { average: polyak() }]) {
      const [model, whole] = [make(), make()];
      const beta1 = linearSchedule({ from: 0.9, to: 0.5, steps: 10 });
      const all = { loss: 'squared', optimizer: scheduleFree({ learningRate: 0.05, beta1 }), ...options } as const;
      const [trainer, other] = [new Trainer(model, all), new Trainer(whole, all)];
      const run = trainer.fit(spoiled, { batchSize: 10, shuffle: false });
      await expectRejection(run, 'ERR_NON_FINITE', 'NaN at step 3 (epoch 1)', 'after step 2');
      await other.fit(good, { batchSize: 10, shuffle: false });
      expectSameBits(model.parameters, whole.parameters);
      for (const one of [trainer, other]) await one.fit(data, { batchSize: 10, shuffle: false });
      expectSameBits(model.parameters, whole.parameters);
      await expectRejection(
        trainer.fit(spoiled, { batchSize: 10, shuffle: false }),
        'ERR_NON_FINITE',
        'NaN at step 10 (epoch 3)',
        'after step 9',
      );
    }
  });

  test('that overflows leaves the trainer as before that step, with its state', async () => {
    const rate = (t: number) => (t === 3 ? 1e39 : 0.01);
    for (const average of [undefined, ema({ decay: 0.5 })]) {
      const [model, whole] = [make(), make()];
      const learningRate = piecewiseSchedule({ boundaries: [3, 4], values: [0.01, rate(3), 0.01] });
      const trainer = new Trainer(model, { loss: 'squared', optimizer: adam({ learningRate }), average });
      const other = new Trainer(whole, { loss: 'squared', optimizer: adam({ learningRate: 0.01 }), average });
      await expectRejection(
        trainer.fit(data, { batchSize: 10, shuffle: false }),
        'ERR_NON_FINITE',
        'parameters became non-finite at step 4 (epoch 1)',
        'after step 3',
      );
      await other.fit(data.select(range(30)), { batchSize: 10, shuffle: false });
      expectSameBits(model.parameters, whole.parameters);
    }
  });

  test('that is refused leaves the trainer as it was', async () => {
    const model = make();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: scheduleFree() });
    trainer.step(x, y);
    const before = model.parameters.slice();
    expect(() => trainer.fit(new Dataset({ inputs: [[1, 2, 3, 4]] }))).toThrow('targets');
    expectSameBits(model.parameters, before);
    await trainer.fit(data);
  });

  test('takes batch size and epochs like fit', async () => {
    const trainer = new Trainer(make(), { loss: 'squared', optimizer: sgd() });
    expect((await trainer.fit(data)).steps).toBe(2);
    expect((await trainer.fit(data, {})).steps).toBe(4);
    expect((await trainer.fit(data, { batchSize: 1000, epochs: 3 })).steps).toBe(7);
  });

  test('reports its metrics, also on validation data', async () => {
    const some = task(50, 4, 3, 'crossEntropy', 'classes').data;
    const trainer = new Trainer(make(), { loss: 'crossEntropy', optimizer: sgd(), metrics: ['accuracy'] });
    const { epochs } = await trainer.fit(some, { validation: some });
    expect(epochs[0]!.validation).toEqual(
      trainer.model.evaluate(some, { loss: 'crossEntropy', metrics: ['accuracy'] }),
    );
    expect(epochs[0]!.accuracy).toBeGreaterThan(0);
  });

  test('predicts with the evaluation parameters, from its beginning on', async () => {
    const optimizer: Rule = sgd({ learningRate: 0.05 });
    const average = swa({ start: 1, every: 1_000_000_000 }); // stays at the parameters after the first step
    const model = make();
    const trainer = new Trainer(model, { loss: 'squared', optimizer, average });
    trainer.step(x, y);
    const predicted = [...model.predict(x)];
    const run = trainer.fit(endless(data), { batchSize: 1 });
    while (run.progress.steps < 1000) {
      expect([...model.predict(x)]).toEqual(predicted);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    run.stop();
    await run;
    expect([...model.predict(x)]).toEqual(predicted);
  });
});
