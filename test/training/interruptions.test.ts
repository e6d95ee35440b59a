// Runs that are interrupted at unusual moments, and resumed.
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { input } from '../../lib/layers/input';
import { parallel } from '../../lib/layers/parallel';
import { adam } from '../../lib/optimizers/adam';
import { ema } from '../../lib/optimizers/average';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import { CheckpointFolder, newestCheckpoint } from '../../lib/training/checkpoint_folder';
import { curvatureMonitor } from '../../lib/training/curvature_monitor';
import type { Epoch } from '../../lib/training/history';
import { network } from '../../lib/training/network';
import type { RunOptions } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { folders } from '../support/folders';
import { range } from '../support/numbers';
import { endless, inTime, reached } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';
import { told } from '../support/resumable';

const newFolder = folders();

const { data } = task(40, 3, 3, 'crossEntropy', 'classes');
const stepsPerEpoch = 5;
const run: RunOptions = { epochs: 3, batchSize: 8 };
const plateau = () => reduceOnPlateau({ from: 0.5, factor: 0.5, patience: 0, threshold: 0.9 });

describe.each<[string, () => TrainerOptions['optimizer']]>([
  ['a schedule', () => adam({ learningRate: cosine({ from: 0.05, steps: 15 }) })],
  ['a plateau', () => sgd({ learningRate: plateau() })],
])('a run with %s', (_, optimizer) => {
  const validation = endless(data);
  const make = () =>
    new Trainer(network({ inputs: 3, layers: [dense(64), dense(3)], seed: 1 }), {
      loss: 'crossEntropy',
      optimizer: optimizer(),
    });

  test.each([1, 2, 3])('resumes to the same bits after a stop in the validation of epoch %i', async (epoch) => {
    const undisturbed = make();
    const expected = told(await undisturbed.fit(data, { ...run, validation }));
    const resumed = await inTime(async () => {
      const folder = newFolder();
      const begun = make().fit(data, { ...run, validation, checkpoint: { folder } });
      await reached(begun, epoch * stepsPerEpoch);
      begun.stop();
      return (await begun).epochs.length < epoch ? Trainer.resume(folder) : undefined;
    });
    expect(resumed.interrupted).toEqual({ epoch, epochs: 3, steps: epoch * stepsPerEpoch });
    expect(told(await resumed.fit(data, { ...run, validation }))).toEqual(expected);
    expectSameBits(resumed.model.parameters, undisturbed.model.parameters);
  });
});

describe('a plateau schedule in epochs with leftover step records', () => {
  // The gradients of each third minibatch overflow, so that it is skipped.
  const rows = 24;
  const inputs = range(rows).map((i) => [i % 6 < 4 ? Math.sin(i) : 3e38, Math.cos(3 * i)]);
  const data = new Dataset({ inputs, targets: range(rows).map((i) => Math.sin(2 * i)) });
  const run: RunOptions = { epochs: 6, batchSize: 2, shuffle: false };
  const make = () =>
    new Trainer(network({ inputs: 2, layers: [dense(2), dense(1)], seed: 1 }), {
      loss: 'squared',
      optimizer: adam({ learningRate: plateau() }),
      onNonFinite: 'skip',
    });

  test('resumes to the same bits after an interruption between epochs', async () => {
    const undisturbed = make();
    const expected = told(await undisturbed.fit(data, run));
    expect(expected.epochs.at(-1)).toMatchObject({ skipped: 24, steps: 48 });
    expect(new Set(expected.epochs.map(({ learningRate }) => learningRate)).size).toBeGreaterThan(4);
    for (const epoch of [1, 3, 5]) {
      const folder = newFolder();
      const begun = make().fit(data, { ...run, checkpoint: { folder } });
      for await (const report of begun) if (report.epoch === epoch) begun.stop();
      const resumed = await Trainer.resume(folder);
      expect(told(await resumed.fit(data, run))).toEqual(expected);
      expectSameBits(resumed.model.parameters, undisturbed.model.parameters, `after epoch ${epoch}`);
    }
  });

  test('has the new rate after requested steps that failed', async () => {
    const failing = () => new Trainer(make().model, { loss: 'squared', optimizer: adam({ learningRate: plateau() }) });
    const good = data.select(range(rows).filter((i) => i % 6 < 4));
    const undisturbed = failing();
    const expected = told(await undisturbed.fit(good, run));
    const trainer = failing();
    const history = await trainer.fit(good, {
      ...run,
      onEpoch: async () => {
        for (let i = 0; i < 3; ++i)
          await expectRejection(trainer.stepAsync([3e38, 0], [1]), 'ERR_NON_FINITE', 'learningRate');
      },
    });
    expect(told(history)).toEqual(expected);
    expectSameBits(trainer.model.parameters, undisturbed.model.parameters);
  });

  test('takes requested steps between epochs, and those of later epochs', async () => {
    const requesting = new Trainer(make().model, {
      loss: 'squared',
      optimizer: adam({ learningRate: plateau() }),
      onNonFinite: 'skip',
      accumulate: 3,
    });
    const answers: unknown[] = [];
    const history = await requesting.fit(data, {
      ...run,
      onEpoch: async ({ epoch }) => {
        answers.push(...(await Promise.all(range(epoch).map(() => requesting.stepAsync([0.3, 0.1], [1])))));
      },
    });
    expect(answers).toHaveLength(21);
    expect(history.epochs).toHaveLength(6);
  });
});

test('a failing checkpoint ends a strict run, which still reports the epochs that have ended meanwhile', async () => {
  const many = data.select(Uint32Array.from({ length: 8000 }, (_, i) => i % data.rows));
  const folder = newFolder();
  const told: number[] = [];
  const described = new Promise<void>((resolve) => {
    const { next } = CheckpointFolder.prototype;
    jest.spyOn(CheckpointFolder.prototype, 'next').mockImplementationOnce(function (this: CheckpointFolder) {
      resolve();
      return next.call(this);
    });
  });
  const begun = new Trainer(network({ inputs: 3, layers: [dense(64), dense(3)], seed: 1 }), {
    loss: 'crossEntropy',
    optimizer: adam(),
  }).fit(many, {
    ...run,
    checkpoint: { folder, everySteps: 1 },
    onCheckpointError: 'throw',
    onEpoch: ({ epoch }) => void told.push(epoch),
  });
  fs.rmdirSync(folder);
  const iterated: number[] = [];
  const iteration = (async () => {
    for await (const { epoch } of begun) iterated.push(epoch);
  })();
  // The description of the first image arrives in one turn of the event loop, the failure and the epoch together in
  // another.
  await described;
  jest.restoreAllMocks();
  const sleep = (milliseconds: number) =>
    void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  while (begun.progress.steps < 1000) sleep(1);
  sleep(100);
  await expectRejection(iteration, 'ERR_FILE', 'no such file or directory');
  // On a busy machine the failure may come later, after other epochs.
  expect(told).toEqual(range(told.length).map((i) => i + 1));
  expect(told.length).toBeGreaterThan(0);
  expect(iterated).toEqual(told);
});

describe('a fit that does not start', () => {
  const open = () =>
    new Trainer(network({ inputs: 3, layers: [dense(3)], seed: 1 }), {
      loss: 'crossEntropy',
      optimizer: sgd({ learningRate: linearSchedule({ from: 1, to: 0 }) }),
    });
  const { data: wrong } = task(40, 3, 3, 'squared', 'numbers');

  test.each<[name: string, attempt: (trainer: Trainer) => Promise<unknown>]>([
    ['refused', async (trainer) => trainer.fit(wrong, { epochs: 50 })],
    ['aborted', async (trainer) => trainer.fit(data, { epochs: 50, signal: AbortSignal.abort() })],
  ])('because it is %s does not change the span of open schedules', async (_, attempt) => {
    const trainer = open();
    await trainer.fit(data, run);
    const bytes = trainer.toBytes();
    await expect(attempt(trainer)).rejects.toThrow();
    expect(trainer.learningRate).toBe(0);
    expectSameBits(trainer.toBytes(), bytes);
  });
});

describe('a checkpoint while a run does not train', () => {
  const make = () =>
    new Trainer(network({ inputs: 3, layers: [dense(64), dense(3)], seed: 1 }), {
      loss: 'crossEntropy',
      optimizer: adam({ learningRate: cosine({ from: 0.05 }) }),
      average: ema({ decay: 0.9 }),
    });
  /** Waits for a checkpoint after some steps, and reads it; undefined once the run has passed them. */
  const after = async (steps: number, folder: string, hasPassed: () => boolean): Promise<Trainer | undefined> => {
    while (!hasPassed()) {
      const newest = await newestCheckpoint(folder).catch(() => undefined); // it can be removed meanwhile
      const resumed = newest === undefined ? undefined : await Trainer.resume(newest).catch(() => undefined);
      if (resumed?.steps === steps) return resumed;
      await setTimeout(1);
    }
    return undefined;
  };

  test('because it waits at the end of an epoch includes the steps requested there', async () => {
    const folder = newFolder();
    const trainer = make();
    let resumed: Trainer | undefined;
    const onEpoch = async ({ epoch }: Epoch) => {
      if (epoch > 1) return;
      await Promise.all([1, 2].map((target) => trainer.stepAsync([1, 2, 3], [target])));
      resumed = await after(7, folder, () => false);
    };
    const expected = told(await trainer.fit(data, { ...run, onEpoch, checkpoint: { folder, everySteps: 1 } }));
    expect(expected.steps).toBe(17);
    expect(resumed!.interrupted).toEqual({ epoch: 1, epochs: 3, steps: 7 });
    expect(told(await resumed!.fit(data, run))).toEqual(expected);
    expectSameBits(resumed!.model.parameters, trainer.model.parameters);
  });

  test('because it validates has the steps of the epoch, which is validated again', async () => {
    const validation = endless(data);
    const undisturbed = make();
    const expected = told(await undisturbed.fit(data, { ...run, validation }));
    const resumed = await inTime(async () => {
      const folder = newFolder();
      let epochs = 0;
      const checkpoint = { folder, everySeconds: 0.001 };
      const begun = make().fit(data, { ...run, validation, onEpoch: () => void ++epochs, checkpoint });
      const found = await after(5, folder, () => epochs > 0);
      begun.stop();
      await begun;
      return found;
    });
    expect(told(await resumed.fit(data, { ...run, validation }))).toEqual(expected);
    expectSameBits(resumed.model.parameters, undisturbed.model.parameters);
  });

  test("has the parameters of an epoch's scores, if steps were requested during its validation", async () => {
    const validation = endless(data);
    const whole: RunOptions = { ...run, epochs: 1, validation, earlyStopping: {} };
    const resumed = await inTime(async () => {
      const folder = newFolder();
      const trainer = make();
      const begun = trainer.fit(data, { ...whole, checkpoint: { folder } });
      await reached(begun, 5);
      await trainer.stepAsync([1, 2, 3], [1]);
      begun.stop();
      return (await begun).epochs.length === 0 ? Trainer.resume(folder) : undefined;
    });
    const { epochs, steps } = await resumed.fit(data, whole);
    expect([epochs[0]!.steps, steps]).toEqual([6, 6]);
    expect(resumed.model.evaluate(validation, { loss: 'crossEntropy' }).loss).toBe(epochs[0]!.validation!.loss);
  });
});

describe('resuming a run with other data', () => {
  const block = (scale: number) => ({ values: new Uint8Array(40).map((_, i) => i), columns: 1, scale });
  const blocks = (scale: number) =>
    new Dataset({
      inputs: { x: block(1), y: block(scale) },
      targets: range(40).map((i) => i % 3),
    });
  const make = (data: Dataset) =>
    new Trainer(
      network({
        inputs: data,
        layers: [
          parallel([
            [input('x'), dense(3)],
            [input('y'), dense(3)],
          ]),
          dense(3),
        ],
        seed: 1,
      }),
      {
        loss: 'crossEntropy',
        optimizer: adam(),
      },
    );

  test.each<[string, given: Dataset, other: Dataset, RunOptions, RunOptions]>([
    ['another scale of its second block', blocks(0.1), blocks(0.2), run, run],
    [
      'another dataset of the curvature monitor',
      blocks(0.1),
      blocks(0.1),
      { ...run, monitor: curvatureMonitor({ every: 2, data: blocks(0.1) }) },
      { ...run, monitor: curvatureMonitor({ every: 2, data: blocks(0.2) }) },
    ],
  ])('with %s is refused', async (_, given, other, before, now) => {
    const folder = newFolder();
    await make(given).fit(given, { ...before, checkpoint: { folder } });
    const resumed = await Trainer.resume(folder);
    expectRefusal(() => resumed.fit(other, now), 'ERR_INVALID_ARGUMENT', 'abandon()');
    expect((await resumed.fit(given, before)).status).toBe('completed');
  });
});
