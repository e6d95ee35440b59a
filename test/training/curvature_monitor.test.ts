import { setImmediate } from 'node:timers/promises';
import type { FloatArray } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ema } from '../../lib/optimizers/average';
import { lookahead } from '../../lib/optimizers/lookahead';
import { momentum } from '../../lib/optimizers/momentum';
import { sam } from '../../lib/optimizers/sam';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import {
  type CurvatureMonitor,
  type CurvatureMonitorOptions,
  curvatureMonitor,
  type StepCurvature,
} from '../../lib/training/curvature_monitor';
import { linear } from '../../lib/training/linear';
import type { Monitor } from '../../lib/training/monitor';
import { type FitOptions, type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { task, unseen, weighted } from '../support/examples';
import { withThreads } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';
import { sparseTwins } from '../support/sparse_tasks';

const loss = 'crossEntropy';
const { data } = task(120, 5, 4, loss, 'classes');
const others = weighted(task(300, 5, 4, loss, 'classes')).data; // two minibatches of a measurement
const batchSize = 10;
/** The data repeated for `steps` steps. */
const forSteps = (steps: number) => data.select(range(steps * batchSize).map((i) => i % data.rows));

const make = (type: 'float32' | 'float64' = 'float64') =>
  network({ inputs: 5, layers: [dense(8, { activation: 'tanh' }), dense(4)], type, seed: 2 });
const deep = (type: 'float32' | 'float64' = 'float32') =>
  network({
    inputs: 5,
    layers: [dense(8, { activation: 'relu' }), batchNorm(), dropout(0.3), dense(4)],
    type,
    seed: 2,
  });

const options = { loss, optimizer: sgd({ learningRate: 0.05 }), batchSize, shuffle: false } as const;

/** The reports of 40 steps. */
async function reportsOf(model: Network, monitor: CurvatureMonitorOptions, more: Partial<FitOptions> = {}) {
  const { curvature } = await model.fit(forSteps(40), { ...options, ...more, monitor: curvatureMonitor(monitor) });
  return curvature!;
}

async function after(steps: number, model: Network, more: Partial<FitOptions> = {}): Promise<Network> {
  if (steps > 0) await model.fit(forSteps(steps), { ...options, ...more });
  return model;
}

const dot = (a: FloatArray, b: FloatArray) => range(a.length).reduce((sum, i) => sum + a[i]! * b[i]!, 0);

/** Expects that a report has the loss and curvature at a model's parameters. */
function expectFoundAt(model: Network, rows: Dataset, report: StepCurvature): void {
  const { loss: value, gradient } = model.gradient(rows, { loss });
  const product = model.hessianVectorProduct(rows, gradient, { loss });
  expect(Math.abs(report.loss / value - 1)).toBeLessThan(1e-12);
  expect(Math.abs(report.squaredGradientNorm / dot(gradient, gradient) - 1)).toBeLessThan(1e-12);
  expect(Math.abs(report.gradientCurvature / dot(gradient, product) - 1)).toBeLessThan(1e-12);
}

const rules: [string, Partial<FitOptions>][] = [
  ['sgd with momentum', { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) }],
  ['adam', { optimizer: adam({ learningRate: 1e-2 }) }],
  ['nesterov momentum', { optimizer: momentum({ learningRate: 0.05, nesterov: true }) }],
  ['sam', { optimizer: sam(sgd({ learningRate: 0.05 }), { radius: 0.05 }) }],
  ['lookahead', { optimizer: lookahead(sgd({ learningRate: 0.05 }), { steps: 5 }) }],
  ['a schedule', { optimizer: sgd({ learningRate: linearSchedule({ from: 0.1, to: 0.01, steps: 30 }) }) }],
];
const elsewhere: [string, Partial<FitOptions>][] = [
  ['an average', { optimizer: sgd({ learningRate: 0.05 }), average: ema({ decay: 0.9 }) }],
  ['schedule-free', { optimizer: scheduleFree({ learningRate: 1e-2 }) }],
];

describe('a curvature monitor measures', () => {
  test.each(rules)('the curvature at the parameters after as many steps, under %s', async (_, more) => {
    for (const model of [make, () => deep('float64')]) {
      const reports = await reportsOf(model(), { every: 7, data: others }, more);
      expect(reports.map(({ step }) => step)).toEqual([0, 7, 14, 21, 28, 35]);
      for (const report of reports) expectFoundAt(await after(report.step, model(), more), others, report);
    }
  });

  test('the curvature at the parameters that are trained, not at their average', async () => {
    const reports = await reportsOf(make(), { every: 20, data: others }, { average: ema({ decay: 0.9 }) });
    for (const report of reports) expectFoundAt(await after(report.step, make()), others, report);
    const averaged = await after(40, make(), { average: ema({ decay: 0.9 }) });
    expect(averaged.evaluate(others, { loss }).loss).not.toBeCloseTo(reports[2]!.loss, 6);
  });

  test('the curvature over all training data, if they have no more rows than it uses', async () => {
    for (const examples of [undefined, 400]) {
      const reports = await reportsOf(make(), { every: 25, examples });
      for (const report of reports) expectFoundAt(await after(report.step, make()), forSteps(40), report);
    }
  });

  test('the curvature over the given number of rows, chosen by the seed', async () => {
    // The loss of row i is 2^i because all outputs are 0, so the mean reveals its rows.
    const powers = new Dataset({
      inputs: range(30).map(() => [1]),
      targets: Float64Array.from({ length: 30 }, (_, i) => Math.sqrt(2 ** i)),
    });
    const chosen = async (seed: number) => {
      const trainer = new Trainer(linear({ inputs: 1, type: 'float64' }), { loss: 'squared', optimizer: sgd(), seed });
      const { curvature } = await trainer.fit(powers, { monitor: curvatureMonitor({ examples: 7 }) });
      return Math.round(curvature![0]!.loss * 7).toString(2);
    };
    const [first, second] = [await chosen(1), await chosen(2)];
    for (const rows of [first, second]) expect([...rows].filter((bit) => bit === '1')).toHaveLength(7);
    expect(second).not.toBe(first);
    expect(await chosen(1)).toBe(first);
  });

  test('lagging rows of sparse matrices at their current values, without changing the training', async () => {
    // Two columns occur in the first and the last row only.
    const entries = range(3000).map((i) => [...(i % 2999 === 0 ? [0, 1] : []), 2 + (i % 3), 5 + ((i * 7) % 4)]);
    const targets = range(3000).map((i) => Math.sin(0.37 * i));
    const few = new Dataset({ inputs: sparse({ columns: 10, rows: entries }), targets });
    const all = new Dataset({ inputs: entries.map((row) => range(10).map((j) => Number(row.includes(j)))), targets });
    const lead = async (inputs: number | { sparse: number }, rows: Dataset, monitor?: CurvatureMonitor) => {
      const model = linear({ inputs, type: 'float64' });
      model.parameters.forEach((_, i) => {
        model.parameters[i] = 0.5 + 0.1 * i;
      });
      const optimizer = adamw({ learningRate: 0.005, weightDecay: 0.05 });
      const { curvature } = await model.fit(rows, {
        loss: 'squared',
        optimizer,
        batchSize: 1,
        shuffle: false,
        monitor,
      });
      return { parameters: model.parameters, curvature };
    };
    const ends = range(3000).map((i) => 2999 * (i % 2));
    const watched = await lead({ sparse: 10 }, few, curvatureMonitor({ every: 700, data: few.select(ends) }));
    const plain = await lead(10, all, curvatureMonitor({ every: 700, data: all.select(ends) }));
    expect(watched.curvature!.map(({ step }) => step)).toEqual([0, 700, 1400, 2100, 2800]);
    for (const [i, report] of watched.curvature!.entries())
      for (const key of ['loss', 'squaredGradientNorm', 'gradientCurvature'] as const)
        expect(Math.abs(report[key] / plain.curvature![i]![key] - 1)).toBeLessThan(1e-10);
    expectSameBits(watched.parameters, (await lead({ sparse: 10 }, few)).parameters);
  });

  test('the same with any number of threads', async () => {
    for (const type of ['float32', 'float64'] as const) {
      const found = [];
      for (const threads of [1, 2, 3])
        found.push(await withThreads(threads, () => reportsOf(deep(type), { every: 9, data: others })));
      expect(found[1]).toEqual(found[0]);
      expect(found[2]).toEqual(found[0]);
    }
  });
});

describe('a curvature monitor does not change the training', () => {
  test.each([...rules, ...elsewhere])('by a single bit, under %s', async (_, more) => {
    for (const threads of [1, 2])
      for (const model of [() => make('float32'), deep]) {
        const [with_, without] = [model(), model()];
        await withThreads(threads, async () => {
          const { curvature } = await with_.fit(data, {
            ...options,
            ...more,
            shuffle: true,
            epochs: 3,
            validation: others,
            monitor: curvatureMonitor({ every: 5 }),
          });
          expect(curvature!.length).toBe(8);
          await without.fit(data, { ...options, ...more, shuffle: true, epochs: 3, validation: others });
        });
        expectSameBits(with_.parameters, without.parameters);
      }
  });

  test('in bfloat16, while it measures in full precision', async () => {
    const [model, alone] = [make('float32'), make('float32')];
    const reports = await reportsOf(model, { every: 40, data: others }, { precision: 'bfloat16' });
    await after(40, alone, { precision: 'bfloat16' });
    expectSameBits(model.parameters, alone.parameters);
    expect(reports[1]!.loss).toBe(model.gradient(others, { loss }).loss);
  });
});

describe('a curvature monitor reports', () => {
  const steps = async (every: number, more: Partial<FitOptions> = {}) =>
    (await make().fit(data, { ...options, ...more, monitor: curvatureMonitor({ every }) })).curvature!.map(
      ({ step }) => step,
    );

  test('before the first step and then every `every` steps, up to the last', async () => {
    expect(await steps(1)).toEqual(range(13));
    expect(await steps(5)).toEqual([0, 5, 10]);
    expect(await steps(12, { epochs: 3 })).toEqual([0, 12, 24, 36]);
    expect(await steps(1000)).toEqual([0]);
    const { curvature } = await make().fit(endless(data).select(range(1020)), {
      ...options,
      monitor: curvatureMonitor(),
    });
    expect(curvature!.map(({ step }) => step)).toEqual([0, 50, 100]);
  });

  test('after steps, not minibatches, where gradients accumulate or minibatches are skipped', async () => {
    expect(await steps(2, { accumulate: 5, epochs: 2 })).toEqual([0, 2, 4, 6]); // 12 minibatches make 3 steps
    const { examples } = task(40, 5, 4, loss, 'classes');
    const inputs = examples.map(({ inputs }, i) =>
      i < 8 ? Array.from(inputs) : i < 24 ? [1, 1, 1, 1, NaN] : [1, 0, 0, 0, 0],
    );
    const broken = new Dataset({ ...unseen(inputs), targets: examples.map(({ targets }) => targets) });
    const { curvature } = await make().fit(broken, {
      ...options,
      batchSize: 4,
      onNonFinite: 'skip',
      monitor: curvatureMonitor({ every: 2, data: others }),
    });
    expect(curvature!.map(({ step }) => step)).toEqual([0, 2, 4, 6]);
  });

  test.each([undefined, 'hogwild'] as const)(
    'after exactly that many single examples, in parallel: %p',
    async (parallel) => {
      const { sparse } = sparseTwins(undefined, { rows: 120 });
      const told = { loss: 'squared', optimizer: sgd({ learningRate: 1e-3 }), batchSize: 1, shuffle: false } as const;
      for (const threads of [1, 2])
        for (const every of [1, 50, 77]) {
          const { curvature } = await withThreads(threads, () =>
            sparse.model().fit(sparse.data, { ...told, epochs: 2, parallel, monitor: curvatureMonitor({ every }) }),
          );
          expect(curvature!.map(({ step }) => step)).toEqual(range(Math.floor(240 / every) + 1).map((k) => k * every));
          if (threads > 1 && parallel) continue;
          const model = sparse.model();
          await model.fit(sparse.data.select(range(every)), told);
          expect(curvature![1]!.loss).toBe(model.gradient(sparse.data, { loss: 'squared' }).loss);
        }
    },
  );

  test('every `every` steps, also if a program requests many steps at once', async () => {
    const trainer = new Trainer(make(), { loss, optimizer: options.optimizer, queue: 100 });
    const run = trainer.fit(endless(data), { batchSize, monitor: curvatureMonitor({ every: 7 }) });
    const asked = range(100).map(() => trainer.stepAsync([range(5)], [1]));
    await Promise.all(asked);
    run.stop();
    const { curvature } = await run;
    expect(curvature!.length).toBeGreaterThan(100 / 7);
    expect(curvature!.map(({ step }) => step)).toEqual(range(curvature!.length).map((i) => 7 * i));
  });

  test('the steps of the trainer, so two runs report the same as one', async () => {
    const monitor = curvatureMonitor({ every: 9 });
    const trainers = range(2).map(() => new Trainer(make(), { loss, optimizer: options.optimizer, seed: 3 }));
    const [one, two] = trainers as [Trainer, Trainer];
    const whole = await one.fit(data, { batchSize, epochs: 5, monitor });
    const first = await two.fit(data, { batchSize, epochs: 3, monitor });
    const second = await two.fit(data, { batchSize, epochs: 2, monitor });
    expect(whole.curvature!.map(({ step }) => step)).toEqual([0, 9, 18, 27, 36, 45, 54]);
    expect([...first.curvature!, ...second.curvature!]).toEqual(whole.curvature);
  });

  test('as soon as it has measured, and in the history', async () => {
    const seen: StepCurvature[] = [];
    const reports = await reportsOf(make(), { every: 10, onReport: (report) => seen.push(report) });
    expect(seen).toEqual(reports);
    expect(Object.keys(reports[0]!).sort()).toEqual([
      'bestStep',
      'gradientCurvature',
      'learningRate',
      'loss',
      'predictedLoss',
      'ratio',
      'squaredGradientNorm',
      'step',
    ]);
    expect(await make().fit(data, options)).not.toHaveProperty('curvature');
  });

  test('long before the end of a long run', async () => {
    const model = make();
    let run: ReturnType<Network['fit']>;
    const heard = new Promise<number>((resolve) => {
      const onReport = ({ step }: StepCurvature) =>
        step === 20 && resolve(run.progress.totalSteps - run.progress.steps);
      run = model.fit(endless(data), { ...options, monitor: curvatureMonitor({ every: 20, onReport }) });
    });
    expect(await heard).toBeGreaterThan(0);
    run!.stop();
    await run!;
  });

  test('the learning rate of the next step, after a plateau schedule has lowered it at the end of an epoch', async () => {
    for (const isReversed of [false, true]) {
      const monitors: (Monitor | CurvatureMonitor)[] = ['validation.loss', curvatureMonitor({ every: 6 })];
      const plateau = reduceOnPlateau({ from: 0.1, factor: 0.5, patience: 0, threshold: 0.9 });
      const { epochs, curvature } = await make().fit(data, {
        ...options,
        optimizer: sgd({ learningRate: plateau }),
        epochs: 4,
        validation: others,
        monitor: isReversed ? monitors.reverse() : monitors,
      });
      expect(epochs.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1, 0.05, 0.025]);
      expect(curvature!.map(({ learningRate }) => learningRate)).toEqual([
        0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125,
      ]);
    }
    const scheduled = linearSchedule({ from: 0.1, to: 0, steps: 12 });
    const reports = await reportsOf(make(), { every: 4 }, { optimizer: sgd({ learningRate: scheduled }) });
    expect(reports.map(({ learningRate }) => learningRate)).toEqual(reports.map(({ step }) => scheduled(step)));
  });

  test('where the step is too long for the curvature', async () => {
    // R = (w − t)² has the second derivative 2, so a step of 1 overshoots the minimum by its initial distance.
    const one = new Dataset({ inputs: [[1]], targets: [3], type: 'float64' });
    const report = async (learningRate: number) => {
      const { curvature } = await linear({ inputs: 1, bias: false, type: 'float64' }).fit(one, {
        loss: 'squared',
        optimizer: sgd({ learningRate }),
        monitor: curvatureMonitor({ every: 1 }),
      });
      return curvature!;
    };
    const [good, next] = await report(0.25);
    expect(good).toEqual({
      step: 0,
      loss: 9,
      squaredGradientNorm: 36,
      gradientCurvature: 72,
      learningRate: 0.25,
      ratio: 0.25,
      bestStep: 0.5,
      predictedLoss: 2.25,
    });
    expect(next!.loss).toBe(2.25);
    for (const [rate, ratio] of [
      [1, 1],
      [3, 3],
    ] as const) {
      const [bad, worse] = await report(rate);
      expect(bad!.ratio).toBe(ratio);
      expect(bad!.warning).toContain('too long');
      expect(worse!.loss).toBe(bad!.predictedLoss);
    }
  });

  test('numbers that are not finite, and lets the run continue', async () => {
    const { examples } = task(4, 5, 4, loss, 'classes');
    const broken = new Dataset({ ...unseen([[1, 1, 1, 1, NaN]]), targets: [examples[0]!.targets] });
    const [model, alone] = [make(), make()];
    const reports = await reportsOf(model, { every: 15, data: broken });
    expect(reports.map(({ step }) => step)).toEqual([0, 15, 30]);
    for (const report of reports) {
      expect([report.loss, report.ratio, report.bestStep, report.predictedLoss]).toEqual([NaN, NaN, NaN, NaN]);
      expect(report.warning).toContain('not finite');
    }
    await after(40, alone);
    expectSameBits(model.parameters, alone.parameters);
  });
});

describe('a run with a curvature monitor', () => {
  const long = endless(data);

  test('ends at a step boundary if it is stopped during a measurement', async () => {
    const model = make();
    const run = model.fit(data, { ...options, monitor: curvatureMonitor({ data: long }) });
    await setImmediate();
    run.stop();
    expect(await run).toEqual({ epochs: [], steps: 0, status: 'stopped', curvature: [] });
    expectSameBits(model.parameters, make().parameters);

    const later = make();
    const trainer = new Trainer(later, { loss, optimizer: options.optimizer });
    await trainer.fit(forSteps(3), { batchSize, shuffle: false });
    const second = trainer.fit(long.select(range(100_000)), {
      batchSize,
      shuffle: false,
      monitor: curvatureMonitor({ every: 10, data: long }),
    });
    await reached(second, 7);
    second.stop();
    expect(await second).toMatchObject({ steps: 10, status: 'stopped', curvature: [] });
    const alone = new Trainer(make(), { loss, optimizer: options.optimizer });
    await alone.fit(forSteps(3), { batchSize, shuffle: false });
    await alone.fit(forSteps(7), { batchSize, shuffle: false });
    expectSameBits(later.parameters, alone.model.parameters);
  });

  test('rejects with the reason if it is aborted during a measurement', async () => {
    const controller = new AbortController();
    const run = make().fit(data, { ...options, signal: controller.signal, monitor: curvatureMonitor({ data: long }) });
    await setImmediate();
    controller.abort('enough');
    await expect(run).rejects.toBe('enough');
  });

  test('is completed if it is stopped during the last measurement', async () => {
    const rows = long.select(range(50_000));
    const run = make().fit(data, { ...options, monitor: curvatureMonitor({ every: 12, data: rows }) });
    for await (const _ of run) run.stop(); // after its only epoch
    const { steps, status, curvature } = await run;
    expect([steps, status]).toEqual([12, 'completed']);
    expect(curvature!.map(({ step }) => step)).toEqual([0]);
  });

  test('lets other runs work during a measurement', async () => {
    await withThreads(2, async () => {
      const run = make().fit(data, { ...options, monitor: curvatureMonitor({ data: long }) });
      const history = await make().fit(data, { ...options, epochs: 3 });
      expect(history.status).toBe('completed');
      expect(make().predict(others).every(Number.isFinite)).toBe(true);
      expect(run.progress.steps).toBe(0);
      run.stop();
      await run;
    });
  });

  test('that fails leaves the parameters as after the step before, and has reported up to there', async () => {
    const { examples } = task(120, 5, 4, loss, 'classes');
    const inputs = examples.map(({ inputs }, i) => (i === 75 ? [1, 1, 1, 1, NaN] : Array.from(inputs)));
    const broken = new Dataset({ ...unseen(inputs), targets: examples.map(({ targets }) => targets) });
    const [model, seen] = [make(), [] as number[]];
    const monitor = curvatureMonitor({ every: 3, data: others, onReport: ({ step }) => seen.push(step) });
    await expectRejection(
      model.fit(broken, { ...options, monitor }),
      'ERR_NON_FINITE',
      'the loss became NaN at step 8 (epoch 1); parameters are as after step 7',
    );
    expect(seen).toEqual([0, 3, 6]);
    const alone = make();
    await alone.fit(broken.select(range(70)), options);
    expectSameBits(model.parameters, alone.parameters);
  });

  test('ends if onReport throws, and rejects with that error', async () => {
    const reason = new Error('enough');
    const monitor = curvatureMonitor({
      every: 5,
      onReport: ({ step }) => {
        if (step === 5) throw reason;
      },
    });
    await expect(make().fit(long, { ...options, monitor })).rejects.toBe(reason);
  });
});

describe('curvature monitors', () => {
  test('are frozen plain objects, and can be given as such', async () => {
    const onReport = () => {};
    expect(curvatureMonitor()).toEqual({ name: 'curvature', every: 50, examples: 1000 });
    expect(curvatureMonitor({ every: 5, data, onReport })).toEqual({ name: 'curvature', every: 5, data, onReport });
    expect(Object.isFrozen(curvatureMonitor())).toBe(true);
    const told = await make().fit(data, { ...options, monitor: { name: 'curvature', every: 4, examples: 10 } });
    expect(told.curvature).toEqual(
      (await make().fit(data, { ...options, monitor: curvatureMonitor({ every: 4, examples: 10 }) })).curvature,
    );
    expect(await make().fit(data, { ...options, monitor: [] })).not.toHaveProperty('curvature');
  });

  test('refuse wrong options', () => {
    const refused = (given: object, ...words: string[]) =>
      expectRefusal(() => curvatureMonitor(given), 'ERR_INVALID_ARGUMENT', ...words);
    refused({ evry: 5 }, 'curvatureMonitor', 'Did you mean "every"?');
    refused({ every: '5' }, 'curvatureMonitor.every', '"5"');
    refused({ data: [[1]] }, 'a Dataset', 'curvatureMonitor.data');
    refused({ data, examples: 5 }, 'examples', 'data');
    refused({ onReport: 'log' }, 'a function', 'onReport');
    for (const name of ['every', 'examples'])
      for (const wrong of [0, -1, 1.5, NaN])
        expectRefusal(
          () => curvatureMonitor({ [name]: wrong }),
          'ERR_OUT_OF_RANGE',
          `curvatureMonitor.${name}`,
          String(wrong),
        );
  });

  test("are refused by fit if they don't fit the run or its data, and nothing has changed", async () => {
    const model = make();
    const refused = (
      monitor: unknown,
      code: 'ERR_INVALID_ARGUMENT' | 'ERR_SHAPE' | 'ERR_OUT_OF_RANGE' | 'ERR_DISPOSED',
      ...words: string[]
    ) => expectRefusal(() => model.fit(data, { ...options, monitor: monitor as Monitor }), code, ...words);
    const monitor = curvatureMonitor();
    refused([monitor, monitor], 'ERR_INVALID_ARGUMENT', '2 curvature monitors');
    refused(['loss', 'accuracy'], 'ERR_INVALID_ARGUMENT', '2 metrics');
    for (const wrong of [7, null, {}, { name: 'curvatur' }, [null], () => {}])
      refused(wrong, 'ERR_INVALID_ARGUMENT', 'monitor', 'the name of a score', 'curvatureMonitor(…)');
    refused([undefined], 'ERR_INVALID_ARGUMENT', 'monitor[0]');
    refused([monitor, 'los'], 'ERR_INVALID_ARGUMENT', 'Did you mean "loss"?');
    refused([monitor, 'loss'], 'ERR_INVALID_ARGUMENT', 'reduceOnPlateau');
    refused({ name: 'curvature', ever: 3 }, 'ERR_INVALID_ARGUMENT', 'Did you mean "every"?');
    const of = (rows: Dataset) => curvatureMonitor({ data: rows });
    refused(of(new Dataset({ inputs: [[1, 2]], targets: [0] })), 'ERR_SHAPE', "the curvature monitor's data", '2', '5');
    refused(of(new Dataset({ inputs: [range(5)] })), 'ERR_INVALID_ARGUMENT', 'the curvature monitor', 'targets');
    refused(of(new Dataset({ inputs: [range(5)], targets: [4] })), 'ERR_OUT_OF_RANGE', 'the curvature monitor', '4');
    const disposed = new Dataset({ inputs: [range(5)], targets: [1] });
    disposed.dispose();
    refused(of(disposed), 'ERR_DISPOSED');
    await model.fit(data, options);
  });
});
