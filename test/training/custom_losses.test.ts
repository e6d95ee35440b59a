import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { curvature } from '../../lib/curvature/curvature';
import { Dataset } from '../../lib/data/dataset';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { type CustomLossOptions, custom as customLoss } from '../../lib/losses/custom';
import { squared as squaredLoss } from '../../lib/losses/squared';
import { quantileLoss } from '../../lib/metrics/numbers';
import { adam } from '../../lib/optimizers/adam';
import { ema } from '../../lib/optimizers/average';
import { sam } from '../../lib/optimizers/sam';
import { sgd } from '../../lib/optimizers/sgd';
import { inverseTime } from '../../lib/schedules/inverse_time';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import { step as stepSchedule } from '../../lib/schedules/step';
import { findLearningRate } from '../../lib/training/find_learning_rate';
import { type Network, network } from '../../lib/training/network';
import type { RunOptions } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { outputOf } from '../support/child';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { expectRefusal, expectRejection } from '../support/refusals';
import { told } from '../support/resumable';

const meanSquare: CustomLossOptions = {
  value: ({ outputs, targets, rows }) => [...outputs].reduce((sum, z, i) => sum + (z - targets[i]!) ** 2, 0) / rows,
  gradient: ({ outputs, targets, rows }, gradient) => {
    for (let i = 0; i < outputs.length; ++i) gradient[i] = (2 * (outputs[i]! - targets[i]!)) / rows;
  },
};
const loss = customLoss(meanSquare);
/** The same loss, with an action before each call of `value`; the gradient is not checked. */
const after = (work: (call: number) => unknown) => {
  let calls = 0;
  return customLoss({
    ...meanSquare,
    check: false,
    value: (batch) => {
      work(++calls);
      return meanSquare.value(batch);
    },
  });
};
const block = (milliseconds: number) => {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
};

const { data, examples } = task(40, 3, 2, 'squared', 'numbers');
const [x, y] = [examples.slice(0, 4).map((e) => Array.from(e.inputs)), examples.slice(0, 4).map((e) => e.targets)];
const make = () => network({ inputs: 3, layers: [dense(8, { activation: 'tanh' }), dense(2)], seed: 1 });
const optimizer = adam({ learningRate: 0.02 });

/** Parameters after the given number of steps of four rows in order. */
async function parametersAfter(steps: number) {
  const model = make();
  if (steps > 0) await model.fit(data.select(range(4 * steps)), { loss, optimizer, batchSize: 4, shuffle: false });
  return model.parameters;
}

describe('a run that waits for the event loop', () => {
  test.each(['stop', 'abort'] as const)('ends by %s, as after its last step', async (how) => {
    const controller = new AbortController();
    const model = make();
    let calls = 0;
    let reachThird = () => {};
    const third = new Promise<void>((resolve) => {
      reachThird = resolve;
    });
    const counted = after(() => ++calls === 3 && reachThird());
    const run = model.fit(data, { loss: counted, optimizer, batchSize: 4, shuffle: false, signal: controller.signal });
    await third;
    block(30); // meanwhile it waits for its next loss
    if (how === 'stop') run.stop();
    else controller.abort();
    if (how === 'stop') expect(await run).toMatchObject({ status: 'stopped', steps: 3 });
    else await expect(run).rejects.toHaveProperty('name', 'AbortError');
    expect(calls).toBe(3);
    expectSameBits(model.parameters, await parametersAfter(3));
  });

  test('ends by maxSeconds, after the step with the computed loss', async () => {
    const model = make();
    const slow = after(() => block(30));
    const run = model.fit(data, { loss: slow, optimizer, batchSize: 4, shuffle: false, maxSeconds: 0.1, epochs: 100 });
    const { status, steps } = await run;
    expect(status).toBe('outOfTime');
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThanOrEqual(10);
    expectSameBits(model.parameters, await parametersAfter(steps));
  });

  test('counts the wait in the seconds of the epoch, and not as starvation', async () => {
    const run = make().fit(data, { loss: after(() => block(20)), optimizer, batchSize: 4 });
    const { epochs } = await run;
    expect(epochs[0]!.seconds).toBeGreaterThan(0.19);
    expect(run.progress.processorShare).toBeUndefined(); // the work takes less than a second
  });

  test('continues only after a loss, although schedules supply more records meanwhile', async () => {
    const optimizer = adam({ learningRate: inverseTime({ from: 0.01 }) });
    const [own, ours] = [make(), make()];
    const some = data.select(range(12));
    await own.fit(some, { loss, optimizer, batchSize: 4, shuffle: false, epochs: 3000 }); // two chunks of records
    const trainer = new Trainer(ours, { loss, optimizer });
    for (let step = 0; step < 9000; ++step) {
      const rows = examples.slice(4 * (step % 3), 4 * (step % 3) + 4);
      const inputs = rows.map((e) => Array.from(e.inputs));
      trainer.step(
        inputs,
        rows.map((e) => e.targets),
      );
    }
    expectSameBits(own.parameters, ours.parameters);
  });

  test('waits at the end of epochs, with their parameters, and keeps the best', async () => {
    const model = make();
    const seen: number[][] = [];
    const run = model.fit(data, {
      loss,
      optimizer: sgd({ learningRate: stepSchedule({ from: 0.05, factor: 20, every: 40 }) }), // diverges in epoch 5
      batchSize: 4,
      epochs: 12,
      validation: data,
      earlyStopping: { patience: 3, restoreBest: true },
      onNonFinite: 'throw',
    });
    const scores: number[] = [];
    for await (const { validation } of run) {
      await setTimeout(1);
      scores.push(validation!.loss);
      expect(model.evaluate(data, { loss }).loss).toBe(validation!.loss);
      seen.push([...model.parameters]);
    }
    const { status, best } = await run;
    expect(status).toBe('stoppedEarly');
    expect(best!.value).toBe(Math.min(...scores));
    expect([...model.parameters]).toEqual(seen[best!.epoch - 1]);
  });

  test('continues from parameters written at an epoch', async () => {
    const [model, expected] = [make(), make()];
    const onEpoch = ({ epoch }: { epoch: number }) => void (epoch === 1 && model.parameters.fill(0.1));
    await model.fit(data, { loss, optimizer, batchSize: 8, epochs: 2, onEpoch });
    const trainer = new Trainer(expected, { loss, optimizer });
    await trainer.fit(data, { batchSize: 8 });
    expected.parameters.fill(0.1);
    await trainer.fit(data, { batchSize: 8 });
    expectSameBits(model.parameters, expected.parameters);
  });
});

describe('stepAsync', () => {
  const requests = range(28).map((i) => {
    const rows = examples.slice(i, i + 3);
    return [rows.map((e) => Array.from(e.inputs)), rows.map((e) => e.targets)] as const;
  });
  const own = range(10).map((i) => {
    const rows = examples.slice(4 * i, 4 * i + 4);
    return [rows.map((e) => Array.from(e.inputs)), rows.map((e) => e.targets)] as const;
  });
  const average = () => ema({ decay: 0.8 });

  test.each([
    ['', optimizer],
    [' under sam', sam(optimizer, { radius: 0.05 })],
    [' with records of schedules', adam({ learningRate: inverseTime({ from: 0.02 }) })],
  ])('takes turns between the steps of a run, during waits at epochs and validations%s', async (_, optimizer) => {
    const log: number[] = [];
    const logging = customLoss({
      ...meanSquare,
      check: false,
      gradient: (batch, gradient) => {
        log.push(batch.rows);
        meanSquare.gradient(batch, gradient);
      },
    });
    const model = make();
    const trainer = new Trainer(model, { loss: logging, optimizer, average: average() });
    const answers: Promise<{ loss: number; steps: number }>[] = [];
    const ask = () => answers.push(trainer.stepAsync(...requests[answers.length]!));
    let haveAsked: () => void;
    const asked = new Promise<void>((resolve) => {
      haveAsked = resolve;
    });
    let haveAnswered: () => void;
    const allAnswered = new Promise<void>((resolve) => {
      haveAnswered = resolve;
    });
    const onEpoch = async ({ epoch }: { epoch: number }) => {
      if (epoch <= 4) {
        ask();
        ask();
        await answers.at(-1);
      } else if (epoch === 6) {
        await asked; // a step that the end of the run interrupts is repeated, and computes its loss twice
        await Promise.allSettled(answers);
        haveAnswered();
      }
    };
    const run = trainer.fit(data, { batchSize: 4, shuffle: false, epochs: 6, validation: data, onEpoch });
    while (answers.length < 20) {
      ask();
      await setTimeout(0);
    }
    haveAsked!();
    await allAnswered; // before the run is awaited, which ends the wait
    expect(await run).toMatchObject({ status: 'completed' });
    const answered = await Promise.all(answers);

    const expected = make();
    const taken = log.filter((_, i) => optimizer.name !== 'sam' || i % 2 === 0);
    expect(taken.filter((rows) => rows === 3)).toHaveLength(answers.length);
    const alone = new Trainer(expected, { loss, optimizer, average: average() });
    const reports = taken.map((rows, i) => {
      const before = taken.slice(0, i).filter((other) => other === rows).length;
      return { rows, ...alone.step(...(rows === 3 ? requests[before]! : own[before % 10]!)) };
    });
    expect(reports.filter(({ rows }) => rows === 3).map(({ rows: _, ...report }) => report)).toEqual(answered);
    expectSameBits(model.parameters, expected.parameters);
  });

  test('rejects with the error of the loss at its step, and the run continues', async () => {
    const mine = new Error('mine');
    const failing = customLoss({
      ...meanSquare,
      check: false,
      value: (batch) => {
        if (batch.rows === 3) throw mine;
        return meanSquare.value(batch);
      },
    });
    const [model, expected] = [make(), make()];
    const rate = () => adam({ learningRate: reduceOnPlateau({ from: 0.02, patience: 1 }) });
    const trainer = new Trainer(model, { loss: failing, optimizer: rate() });
    const options = { batchSize: 4, epochs: 5 };
    const run = trainer.fit(data, options);
    for (const request of requests.slice(0, 6)) await expect(trainer.stepAsync(...request)).rejects.toBe(mine);
    expect(await run).toMatchObject({ status: 'completed', steps: 50 });
    await new Trainer(expected, { loss, optimizer: rate() }).fit(data, options);
    expectSameBits(model.parameters, expected.parameters);
  });

  test('is taken after a run that is stopped while it waits for the loss', async () => {
    const [model, expected] = [make(), make()];
    let seen = 0;
    const stopping = customLoss({
      ...meanSquare,
      check: false,
      value: (batch) => {
        if (batch.rows === 3 && ++seen === 1) run.stop();
        return meanSquare.value(batch);
      },
    });
    const trainer = new Trainer(model, { loss: stopping, optimizer });
    const run = trainer.fit(data, { batchSize: 4, shuffle: false, epochs: 1000 });
    const { steps } = await trainer.stepAsync(...requests[0]!);
    expect(await run).toMatchObject({ status: 'stopped', steps: steps - 1 });
    expect(seen).toBe(2);
    const alone = new Trainer(expected, { loss, optimizer });
    for (const i of range(steps - 1)) alone.step(...own[i % 10]!);
    alone.step(...requests[0]!);
    expectSameBits(model.parameters, expected.parameters);
  });

  test('takes a step without a run, and rejects with the error of the loss', async () => {
    const [own, ours] = [make(), make()];
    const trainer = new Trainer(own, { loss, optimizer });
    expect(await trainer.stepAsync(x, y)).toEqual(new Trainer(ours, { loss, optimizer }).step(x, y));
    expectSameBits(own.parameters, ours.parameters);
    const mine = new Error('mine');
    const failing = after(() => {
      throw mine;
    });
    await expect(new Trainer(own, { loss: failing, optimizer }).stepAsync(x, y)).rejects.toBe(mine);
    expectSameBits(own.parameters, ours.parameters);
  });
});

describe('a resumed trainer', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const plain = after(() => {});
  let positionsInAll = 0;
  const layers = [dense(8), batchNorm({ activation: 'tanh' }), dropout(0.2), dense(2)];
  const trainings: [string, TrainerOptions][] = [
    ['an average', { loss: plain, optimizer, average: ema({ decay: 0.9 }), seed: 3 }],
    ['accumulation', { loss: plain, optimizer, accumulate: 3, seed: 3 }],
    ['sam', { loss: plain, optimizer: sam(optimizer, { radius: 0.05 }), seed: 3 }],
  ];
  const begin = (options: TrainerOptions) => new Trainer(network({ inputs: 3, layers, seed: 1 }), options);
  const run: RunOptions = { batchSize: 6, epochs: 3, validation: data, earlyStopping: { patience: 5 } };

  test.each(trainings)('ends with the bits of an undisturbed run from any checkpoint, with %s', async (_, options) => {
    const undisturbed = begin(options);
    const expected = told(await undisturbed.fit(data, run));
    // Slow enough for checkpoints to be written meanwhile.
    const disturbed = begin({ ...options, loss: after(() => block(4)) });
    await disturbed.fit(data, { ...run, checkpoint: { folder, everySteps: 1, keep: 100 } });
    expectSameBits(disturbed.toBytes(), undisturbed.toBytes());
    const files = fs.readdirSync(folder).sort();
    const positions = new Set<number>();
    for (const file of files) {
      const resumed = await Trainer.resume(path.join(folder, file), { loss: plain });
      positions.add(resumed.interrupted!.steps);
      expect(told(await resumed.fit(data, run))).toEqual(expected);
      expectSameBits(resumed.toBytes(), undisturbed.toBytes(), file);
    }
    positionsInAll += positions.size;
  });

  // The number of checkpoints of a run depends on the speed of the machine.
  test('there were many checkpoints', () => {
    expect(positionsInAll).toBeGreaterThan(6);
  });

  test.each(trainings)(
    'ends with those bits from a stop in the middle of an epoch too, with %s',
    async (_, options) => {
      const undisturbed = begin(options);
      const expected = told(await undisturbed.fit(data, run));
      const callsOfStep = options.optimizer.name === 'sam' ? 2 : 1;
      const stopping = after((call) => {
        if (call === 5 * callsOfStep) disturbed.stop();
      });
      const disturbed = begin({ ...options, loss: stopping }).fit(data, { ...run, checkpoint: { folder } });
      expect(await disturbed).toMatchObject({ status: 'stopped', epochs: [] });
      const resumed = await Trainer.resume(folder, { loss: plain });
      expect(resumed.interrupted).toMatchObject({ epoch: 1 });
      expect(told(await resumed.fit(data, run))).toEqual(expected);
      expectSameBits(resumed.toBytes(), undisturbed.toBytes());
    },
  );

  test('continues between steps with the given loss', async () => {
    const trainer = begin({ loss, optimizer });
    trainer.step(x, y);
    const resumed = await Trainer.resume(trainer.toBytes(), { loss });
    expect(resumed.step(x, y)).toEqual(trainer.step(x, y));
    expectSameBits(resumed.toBytes(), trainer.toBytes());
  });

  test('requires its loss', async () => {
    const trainer = begin({ loss, optimizer });
    const bytes = trainer.toBytes();
    await expectRejection(
      Trainer.resume(bytes),
      'ERR_INVALID_ARGUMENT',
      'losses.custom',
      'Trainer.resume(from, { loss })',
    );
    const squared = squaredLoss();
    await expectRejection(
      Trainer.resume(bytes, { loss: squared }),
      'ERR_INVALID_ARGUMENT',
      'the given loss is squared',
    );
    const other = begin({ loss: 'squared', optimizer }).toBytes();
    for (const given of [loss, squared])
      await expectRejection(Trainer.resume(other, { loss: given }), 'ERR_INVALID_ARGUMENT', 'the option loss is for');
    await expectRejection(Trainer.resume(bytes, { loss: 3 } as never), 'ERR_INVALID_ARGUMENT', 'loss');
    await expectRejection(Trainer.resume(bytes, { los: loss } as never), 'ERR_INVALID_ARGUMENT', '"los"');
  });
});

describe('a shared model', () => {
  test('can be read within a step of the same thread, but not stepped or shared', async () => {
    const model = make();
    const seen = new Set<string>();
    const refused = (action: () => unknown) => {
      try {
        action();
        seen.add('nothing was thrown');
      } catch (error) {
        seen.add(`${(error as { code: string }).code}: ${(error as Error).message}`);
      }
    };
    const curious = after(() => {
      expect(model.predict(x)).toHaveLength(8);
      model.evaluate(data, { loss });
      refused(() => other.step(x, y));
      refused(() => model.share());
    });
    const other = new Trainer(model, { loss, optimizer });
    new Trainer(model, { loss: curious, optimizer }).step(x, y);
    model.share();
    new Trainer(model, { loss: curious, optimizer }).step(x, y);
    expect([...seen]).toEqual(['ERR_BUSY: the model is within a step, whose loss is being computed']);
    other.step(x, y);
  });

  test('is trained while its loss is evaluated', () => {
    const model = make();
    model.share();
    const expected = make().evaluate(data, { loss }).loss;
    const trainer = new Trainer(model, { loss: 'squared', optimizer });
    expect(model.evaluate(data, { loss: after(() => void trainer.step(x, y)) }).loss).toBe(expected);
    expect(trainer.steps).toBe(1);
  });

  test('is read by another thread before or after a step whose loss is being computed', async () => {
    const printed = await outputOf(`
      import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      import { dense, losses, network, sgd, Trainer } from 'glissade';
      const model = network({ inputs: 1, layers: [dense(2, { bias: false })] });
      model.parameters.fill(1);
      const source = \`
        import { parentPort, workerData } from 'node:worker_threads';
        import { network } from 'glissade';
        const model = network.fromShared(workerData);
        parentPort.on('message', () => parentPort.postMessage([...model.predict([1])]));
        parentPort.postMessage('ready');
      \`;
      const worker = new Worker(source, { eval: true, workerData: model.share() });
      await once(worker, 'message');
      const loss = losses.custom({
        check: false,
        value: () => {
          worker.postMessage('predict');
          for (const end = performance.now() + 200; performance.now() < end; );
          return 0;
        },
        gradient: (_, gradient) => void gradient.fill(1),
      });
      new Trainer(model, { loss, optimizer: sgd({ learningRate: 0.5 }) }).step([[1]], [[0, 0]]);
      console.log(String((await once(worker, 'message'))[0]));
      await worker.terminate();
    `);
    expect(['1,1', '0.5,0.5']).toContain(printed.trim());
  });
});

test('findLearningRate trains under a custom loss', async () => {
  const options = { optimizer, steps: 20, batchSize: 8 };
  const own = await findLearningRate(make(), data, { ...options, loss });
  const ours = await findLearningRate(make(), data, { ...options, loss: 'squared' });
  expect(own.curve).toHaveLength(ours.curve.length);
  for (const [i, point] of own.curve.entries()) expect(point.loss).toBeCloseTo(ours.curve[i]!.loss, 4);
});

test('metrics of numbers work under a custom loss', async () => {
  const list = ['meanAbsoluteError', 'r2', quantileLoss({ quantile: 0.9 })] as const;
  const model = make();
  const run = await model.fit(data, { loss, optimizer, validation: data, metrics: list });
  const { loss: own, ...scores } = model.evaluate(data, { loss, metrics: list });
  const { loss: theirs, ...expected } = model.evaluate(data, { loss: 'squared', metrics: list });
  expect(scores).toEqual(expected);
  expect(own).toBeCloseTo(theirs, 5);
  expect(run.epochs[0]!.validation).toEqual({ loss: own, ...scores });
});

const classes = new Dataset({ inputs: [[1], [2]], targets: [0, 1] });
describe('refuses, in one sentence,', () => {
  const refusals: [string, (model: Network) => unknown, string][] = [
    ['accuracy', (model) => model.evaluate(data, { loss, metrics: ['accuracy'] }), 'accuracy has no meaning'],
    ['auc', (model) => model.evaluate(data, { loss, metrics: ['auc'] }), 'auc has no meaning under the loss custom'],
    ['a Hessian', (model) => curvature(model, data, { loss }), 'losses.custom is for step, fit and evaluate'],
    ['gradient', (model) => model.gradient(data, { loss }), 'gradient: losses.custom is for step, fit and evaluate'],
    [
      'a number of columns that a metric compares',
      () => network({ inputs: 1, layers: [dense(2)] }).evaluate(classes, { loss: after(() => {}), metrics: ['r2'] }),
      '2 and 1 columns',
    ],
  ];
  test.each(refusals)('%s', (_, action, sentence) =>
    expectRefusal(() => action(make()), 'ERR_INVALID_ARGUMENT', sentence),
  );
});
