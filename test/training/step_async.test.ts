import { setTimeout } from 'node:timers/promises';
import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ema } from '../../lib/optimizers/average';
import { momentum } from '../../lib/optimizers/momentum';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import { curvatureMonitor } from '../../lib/training/curvature_monitor';
import { type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import type { StepReport, TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { endless, inTime, reached } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';

const rows = 64;
const batchSize = 8;
const { data, examples } = task(rows, 5, 3, 'crossEntropy', 'classes');
const x = examples.slice(0, 6).map(({ inputs }) => Array.from(inputs));
const y = examples.slice(0, 6).map(({ targets }) => [...targets][0]!);
const make = (type: 'float32' | 'float64' = 'float32') =>
  network({ inputs: 5, layers: [dense(16, { activation: 'relu' }), dense(3)], seed: 1, type });
const options: TrainerOptions = { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.02 }) };

const codes = (count: number) => range(count).map((i) => [(i * i * 7) % 40]);
const words = (count: number) => categories({ values: codes(count), cardinalities: [40] });
const coded = new Dataset({ inputs: words(rows), targets: range(rows).map((i) => i % 3) });
const bags = () => network({ inputs: coded, layers: [embedding({ dimensions: 4 }), dense(3)], seed: 1 });

type Kind = [name: string, make: () => Network, options: Partial<TrainerOptions>, isCoded?: boolean];
const kinds: Kind[] = [
  ['adam', make, {}],
  ['float64', () => make('float64'), {}],
  ['a schedule', make, { optimizer: adamw({ learningRate: cosine({ from: 0.05, steps: 40 }) }) }],
  ['an average', make, { average: ema({ decay: 0.9 }) }],
  ['a schedule-free rule', make, { optimizer: scheduleFree({ learningRate: 0.05 }) }],
  ['accumulation', make, { accumulate: 3 }],
  ['rows that lag', bags, { optimizer: momentum({ learningRate: 0.3 }) }, true],
];

describe.each(kinds)('with %s', (_, make, own, isCoded = false) => {
  const given = { ...options, ...own };
  const [trained, inputs] = isCoded ? [coded, words(6)] : [data, x];

  test('a step between epochs equals `step` between runs', async () => {
    const ours = new Trainer(make(), given);
    const reports: StepReport[] = [];
    const history = await ours.fit(trained, {
      batchSize,
      epochs: 4,
      validation: trained,
      onEpoch: async () => {
        reports.push(await ours.stepAsync(inputs, y));
        reports.push(...(await Promise.all([ours.stepAsync(inputs, y), ours.stepAsync(inputs, y)])));
      },
    });
    const theirs = new Trainer(make(), given);
    const expected: StepReport[] = [];
    const losses: number[] = [];
    for (const _ of range(4)) {
      losses.push((await theirs.fit(trained, { batchSize, validation: trained })).epochs[0]!.validation!.loss);
      for (const __ of range(3)) expected.push(theirs.step(inputs, y));
    }
    expect(reports).toEqual(expected);
    expect(history.epochs.map(({ validation }) => validation!.loss)).toEqual(losses);
    expect(history.steps).toBe(theirs.steps);
    expect(ours.steps).toBe(theirs.steps);
    expectSameBits(ours.model.parameters, theirs.model.parameters);
    await Promise.all([ours, theirs].map((trainer) => trainer.fit(trained, { batchSize })));
    expectSameBits(ours.model.parameters, theirs.model.parameters);
  });
});

test.each([
  ['a constant rate', () => adam({ learningRate: 0.02 })],
  ['a schedule', () => adam({ learningRate: linearSchedule({ from: 0.05, to: 0, steps: 1200 }) })],
])('steps with %s are taken in order of arrival, and no step is lost', async (_, optimizer) => {
  const epochs = 100;
  const trainer = new Trainer(make('float64'), { loss: 'crossEntropy', optimizer: optimizer() });
  const run = trainer.fit(data, { batchSize, epochs, shuffle: false });
  const answers: StepReport[] = [];
  const asked: Promise<void>[] = [];
  for (const i of range(200)) {
    const k = i % 6;
    asked.push(trainer.stepAsync([x[k]!], [y[k]!]).then((report) => void answers.push(report)));
    if (i % 3 === 0) await setTimeout(0);
  }
  await Promise.all(asked);
  const history = await run;
  expect(history.epochs).toHaveLength(epochs);
  expect(trainer.steps).toBe(8 * epochs + 200);
  const steps = answers.map(({ steps }) => steps);
  expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));

  // The same steps, one after the other.
  const plain = new Trainer(make('float64'), { loss: 'crossEntropy', optimizer: optimizer() });
  const order = examples.map(({ inputs, targets }) => ({ x: Array.from(inputs), y: [...targets][0]! }));
  const between = new Set(steps);
  let [own, others] = [0, 0];
  for (const step of range(trainer.steps)) {
    if (between.has(step + 1)) {
      const k = others++ % 6;
      expect(plain.step([x[k]!], [y[k]!]).loss).toBe(answers[others - 1]!.loss);
    } else {
      const at = (own++ % 8) * batchSize;
      const minibatch = order.slice(at, at + batchSize);
      plain.step(
        minibatch.map(({ x }) => x),
        minibatch.map(({ y }) => y),
      );
    }
  }
  expect(others).toBe(200);
  expectSameBits(trainer.model.parameters, plain.model.parameters);
});

test('a plateau schedule counts only the epochs of the run', async () => {
  const plateau = () => reduceOnPlateau({ from: 0.05, factor: 0.5, patience: 0, threshold: 0.5 });
  const ours = new Trainer(make(), { ...options, optimizer: sgd({ learningRate: plateau() }) });
  await ours.fit(data, { batchSize, epochs: 6, onEpoch: () => ours.stepAsync(x, y) });
  const theirs = new Trainer(make(), { ...options, optimizer: sgd({ learningRate: plateau() }) });
  for (const _ of range(6)) {
    await theirs.fit(data, { batchSize });
    theirs.step(x, y);
  }
  expect(ours.learningRate).toBe(0.05 / 2 ** 5);
  expectSameBits(ours.model.parameters, theirs.model.parameters);
});

describe('a validation', () => {
  test('uses the parameters at the end of its epoch, whatever steps follow', async () => {
    const held = endless(data);
    const epochs = await inTime(async () => {
      const trainer = new Trainer(make(), options);
      const run = trainer.fit(data, { batchSize, epochs: 2, validation: held });
      await reached(run, 8);
      const reports = await Promise.all(range(5).map(() => trainer.stepAsync(x, y)));
      const { epochs } = await run;
      if (reports[0]!.steps > 9) return undefined; // after the validation
      expect(reports.map(({ steps }) => steps)).toEqual([9, 10, 11, 12, 13]);
      return epochs;
    });
    expect(epochs[0]!.steps).toBe(8);
    expect(epochs[1]!.steps).toBe(21);
    const alone = new Trainer(make(), options);
    const [first] = (await alone.fit(data, { batchSize, validation: held })).epochs;
    expect(epochs[0]!.validation).toEqual(first!.validation);
  });
});

describe('the arguments', () => {
  test('can change after the call', async () => {
    const [ours, theirs] = [new Trainer(make(), options), new Trainer(make(), options)];
    const shared = new Float32Array(new SharedArrayBuffer(4 * 30));
    shared.set(x.flat());
    const classes = Uint8Array.from(y);
    let answered: Promise<StepReport> | undefined;
    await ours.fit(data, {
      batchSize,
      onEpoch: async () => {
        answered = ours.stepAsync(shared, classes, { weights: [1, 2, 1, 2, 1, 2], scale: 2 });
        shared.fill(7);
        classes.fill(0);
        await answered;
      },
    });
    await theirs.fit(data, { batchSize });
    const expected = theirs.step(Float32Array.from(x.flat()), y, { weights: [1, 2, 1, 2, 1, 2], scale: 2 });
    expect(await answered).toEqual(expected);
    expectSameBits(ours.model.parameters, theirs.model.parameters);
  });

  test("are refused if they don't fit, and nothing changes", async () => {
    const [ours, theirs] = [new Trainer(make(), options), new Trainer(make(), options)];
    await ours.fit(data, {
      batchSize,
      epochs: 2,
      onEpoch: async () => {
        await expectRejection(ours.stepAsync([[1, 2]], [0]), 'ERR_SHAPE');
        await expectRejection(ours.stepAsync(x, [0, 1]), 'ERR_SHAPE');
        await expectRejection(
          ours.stepAsync(
            x,
            y.map(() => 9),
          ),
          'ERR_OUT_OF_RANGE',
        );
        await expectRejection(ours.stepAsync(x, y, { wieghts: [] } as never), 'ERR_INVALID_ARGUMENT', '"weights"');
      },
    });
    await theirs.fit(data, { batchSize, epochs: 2 });
    expectSameBits(ours.model.parameters, theirs.model.parameters);
  });
});

test('a failing step rejects, and the run continues as if it had not been requested', async () => {
  const optimizer = sgd({ learningRate: linearSchedule({ from: 0.1, to: 0, steps: 24 }) });
  const [ours, theirs] = [
    new Trainer(make(), { ...options, optimizer }),
    new Trainer(make(), { ...options, optimizer }),
  ];
  const huge = new Float32Array(5).fill(3e38);
  await ours.fit(data, {
    batchSize,
    epochs: 3,
    onEpoch: () => expectRejection(ours.stepAsync(huge, [0], { scale: 1e38 }), 'ERR_NON_FINITE', 'nothing has changed'),
  });
  await theirs.fit(data, { batchSize, epochs: 3 });
  expect(ours.steps).toBe(24);
  expectSameBits(ours.model.parameters, theirs.model.parameters);
});

describe('the queue', () => {
  test('is bounded, and accepts steps again when some have been taken', async () => {
    const trainer = new Trainer(make(), { ...options, queue: 3 });
    const run = trainer.fit(endless(data), { batchSize });
    const asked = range(4).map(() => trainer.stepAsync(x, y));
    await expectRejection(asked[3]!, 'ERR_QUEUE_FULL', '3 steps wait', 'queue');
    await Promise.all(asked.slice(0, 3));
    await trainer.stepAsync(x, y);
    run.stop();
    await run;
    expect(trainer.steps).toBe(run.progress.steps);
  });

  test.each(['stop', 'abort', 'fail'])('is answered when the run ends by %s', async (end) => {
    const controller = new AbortController();
    const trainer = new Trainer(make(), options);
    const run = trainer.fit(endless(data), {
      batchSize,
      signal: controller.signal,
    });
    await reached(run, 10);
    const before = range(20).map(() => trainer.stepAsync(x, y));
    if (end === 'stop') run.stop();
    if (end === 'abort') controller.abort('enough');
    if (end === 'fail') trainer.model.parameters.fill(NaN);
    const after = range(20).map(() => trainer.stepAsync(x, y));
    const settled = Promise.allSettled([...before, ...after]);
    const ended = await run.then(
      () => 'stop',
      (reason: unknown) => (reason === 'enough' ? 'abort' : 'fail'),
    );
    expect(ended).toBe(end);
    const answers = await settled;
    if (end !== 'fail') {
      const steps = answers.map((answer) => (answer as PromiseFulfilledResult<StepReport>).value.steps);
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
      expect(trainer.steps).toBe(steps.at(-1));
    }
  });

  test('is answered when the trainer is disposed', async () => {
    const trainer = new Trainer(make(), options);
    const run = trainer.fit(data, { batchSize, epochs: 3, onEpoch: ({ epoch }) => epoch === 1 && trainer.dispose() });
    const first = trainer.stepAsync(x, y);
    await first;
    await run;
    await expectRejection(trainer.stepAsync(x, y), 'ERR_DISPOSED');
  });

  test('has a length ≥ 1, which is not an option of fit', () => {
    expectRefusal(() => new Trainer(make(), { ...options, queue: 0 }), 'ERR_OUT_OF_RANGE', 'queue');
    expectRefusal(() => make().fit(data, { ...options, queue: 3 } as never), 'ERR_INVALID_ARGUMENT', '"queue"');
  });
});

test('is answered while the run waits at an epoch, also if a measurement of the curvature is due', async () => {
  const ours = new Trainer(make(), options);
  const run = ours.fit(data, { batchSize, epochs: 3, monitor: curvatureMonitor({ every: rows / batchSize }) });
  let taken = 0;
  for await (const _ of run) {
    await ours.stepAsync(x, y);
    ++taken;
  }
  expect(taken).toBe(3);
  expect((await run).curvature!.length).toBeGreaterThan(0);
});

test('takes a step at once if there is no run', async () => {
  const [ours, theirs] = [new Trainer(make(), options), new Trainer(make(), options)];
  for (const _ of range(3)) expect(await ours.stepAsync(x, y)).toEqual(theirs.step(x, y));
  expectSameBits(ours.model.parameters, theirs.model.parameters);
});

test('is refused, as step is, during a run of another trainer', async () => {
  const model = make();
  const [one, other] = [new Trainer(model, options), new Trainer(model, options)];
  const run = one.fit(endless(data), { batchSize });
  await expectRejection(other.stepAsync(x, y), 'ERR_BUSY');
  expectRefusal(() => one.step(x, y), 'ERR_BUSY');
  run.stop();
  await run;
});
