// Options of runs together with checkpoints: a run that is stopped several times, and resumed each time from its
// checkpoint, ends with the bits and the history of an undisturbed one.
import { Worker } from 'node:worker_threads';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { f1, topK } from '../../lib/metrics/classes';
import { adam } from '../../lib/optimizers/adam';
import { ema } from '../../lib/optimizers/average';
import { momentum } from '../../lib/optimizers/momentum';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import type { History } from '../../lib/training/history';
import { network } from '../../lib/training/network';
import type { RunOptions } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { folders } from '../support/folders';
import { range } from '../support/numbers';
import { reached } from '../support/progress';
import { told } from '../support/resumable';

const newFolder = folders();

const rows = 1600;
const { data: few, examples } = task(80, 5, 3, 'crossEntropy', 'classes');
const data = few.select(Uint32Array.from({ length: rows }, (_, i) => (i * i) % 80));
const { data: held } = task(60, 5, 3, 'crossEntropy', 'classes');
const stepsPerEpoch = 200;
const base: TrainerOptions = { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.01 }), seed: 4 };
const make = (options: Partial<TrainerOptions> = {}): Trainer =>
  new Trainer(
    network({ inputs: 5, layers: [dense(512, { activation: 'relu' }), dropout(0.2), dense(128), dense(3)], seed: 1 }),
    {
      ...base,
      ...options,
    },
  ) as unknown as Trainer;

interface Case {
  options?: () => Partial<TrainerOptions>;
  run?: RunOptions;
  /** Applied to a new trainer. */
  before?: (trainer: Trainer) => Promise<unknown>;
  /** Applied to each trainer, including resumed ones. */
  with?: (trainer: Trainer) => Partial<RunOptions>;
  /** Steps that are requested between epochs. */
  between?: number;
  end?: History['status'];
}

/** A step that is requested between epochs. */
const stepAfter = (trainer: Trainer, epoch: number) => {
  const { inputs, targets } = examples[epoch]!;
  return trainer.stepAsync(Array.from(inputs), Array.from(targets));
};
const requesting =
  (count: number) =>
  (trainer: Trainer): Partial<RunOptions> => ({
    onEpoch: ({ epoch }) => Promise.all(range(count).map(() => stepAfter(trainer, epoch))),
  });

const many = ['accuracy', topK({ k: 2 }), 'logLoss', f1({ average: 'macro' }), 'confusionMatrix'] as const;

const cases: Record<string, Case> = {
  'metrics of each epoch': { options: () => ({ metrics: many }), run: { validation: held } },
  'early stopping by a metric, which restores the best epoch': {
    options: () => ({ metrics: many, optimizer: adam({ learningRate: 0.2 }) }),
    run: {
      epochs: 40,
      validation: held,
      earlyStopping: { monitor: 'validation.logLoss', patience: 3, restoreBest: true },
    },
    end: 'stoppedEarly',
  },
  'early stopping that keeps the last parameters, with an average': {
    options: () => ({ average: ema({ decay: 0.99 }), optimizer: adam({ learningRate: 0.2 }) }),
    run: { epochs: 40, validation: held, earlyStopping: { patience: 2, restoreBest: false } },
    end: 'stoppedEarly',
  },
  'a cosine over the run, with a share of it as warm-up': {
    options: () => ({ optimizer: momentum({ learningRate: cosine({ from: 0.1, warmup: 0.05 }) }) }),
  },
  'a schedule told in epochs, in the second run of a trainer': {
    options: () => ({
      optimizer: sgd({ learningRate: linearSchedule({ from: 0.1, to: 0.01, steps: { epochs: 3 } }) }),
    }),
    before: async (trainer) => trainer.fit(few, { batchSize: 8 }),
  },
  'plateaus that observe a metric': {
    options: () => ({
      metrics: many,
      optimizer: adam({
        learningRate: reduceOnPlateau({ from: 0.02, factor: 0.5, patience: 0, mode: 'max', threshold: 0.05 }),
      }),
    }),
    run: { validation: held, monitor: 'validation.accuracy' },
  },
  'requested steps between epochs, with an open schedule': {
    options: () => ({ optimizer: adam({ learningRate: cosine({ from: 0.05 }) }) }),
    with: requesting(3),
    between: 3,
  },
  'requested steps between epochs, with plateaus and accumulation': {
    options: () => ({
      accumulate: 3,
      optimizer: adam({
        learningRate: reduceOnPlateau({ from: 0.05, factor: 0.5, patience: 0, threshold: 0.5 }),
      }),
    }),
    with: requesting(3),
    between: 1,
  },
  'a model that is shared': {
    with: ({ model }) => {
      model.share();
      return {};
    },
    run: { validation: held },
  },
};

describe.each(Object.entries(cases))(
  'checkpoints and %s',
  (_, { options, run: own, before, with: more, between = 0, end }) => {
    const run: RunOptions = { epochs: 4, batchSize: 8, ...own };
    const begin = (trainer: Trainer, changes: RunOptions = {}) =>
      trainer.fit(data, { ...run, ...more?.(trainer), ...changes });
    const start = async () => {
      const trainer = make(options?.());
      await before?.(trainer);
      return trainer;
    };

    /** A trainer that is stopped and resumed three times; undefined if a stop came between epochs, where steps are requested. */
    const interrupted = async (steps: number): Promise<Trainer | undefined> => {
      const folder = newFolder();
      const stops: number[] = [];
      let trainer = await start();
      for (const share of [0.15, 0.55, 0.85]) {
        const begun = begin(trainer, { checkpoint: { folder } });
        await reached(begun, share * steps);
        begun.stop();
        stops.push((await begun).steps);
        const { steps: taken } = begun.progress;
        const ofEpoch = Math.ceil(stepsPerEpoch / (options?.().accumulate ?? 1));
        if (between > 0 && taken % (ofEpoch + between) >= ofEpoch) return undefined;
        trainer = await Trainer.resume(folder);
        expect(trainer.steps).toBe(stops.at(-1));
        expect(trainer.interrupted!.steps).toBe(taken);
      }
      expect(new Set(stops).size).toBeGreaterThan(1);
      return trainer;
    };

    test('ends with the same bits after three interruptions', async () => {
      const undisturbed = await start();
      const history = await begin(undisturbed);
      const expected = told(history);
      expect(expected.status).toBe(end ?? 'completed');
      let trainer: Trainer | undefined;
      while (!trainer) trainer = await interrupted(history.steps);
      expect(told(await begin(trainer))).toEqual(expected);
      expectSameBits(trainer.model.parameters, undisturbed.model.parameters);
      expectSameBits(trainer.toBytes(), undisturbed.toBytes());
    });
  },
);

test('maxSeconds ends a run with a checkpoint; it keeps counting in a resumed run, and can be changed', async () => {
  const run: RunOptions = { epochs: 8, batchSize: 8 };
  const undisturbed = make();
  await undisturbed.fit(data, run);
  const folder = newFolder();
  const begun = await make().fit(data, { ...run, maxSeconds: 0.02, checkpoint: { folder } });
  expect(begun.status).toBe('outOfTime');
  const again = await Trainer.resume(folder);
  expect(again.steps).toBe(begun.steps);
  expect(await again.fit(data, { ...run, maxSeconds: 0.02, checkpoint: { folder } })).toEqual(begun);
  const resumed = await Trainer.resume(folder);
  expect((await resumed.fit(data, { ...run, maxSeconds: 600 })).status).toBe('completed');
  expectSameBits(resumed.model.parameters, undisturbed.model.parameters);
});

test('requested steps that a stopped run has left are taken after it, and are not in its checkpoint', async () => {
  const folder = newFolder();
  const trainer = make();
  const begun = trainer.fit(data, { epochs: 8, batchSize: 8, checkpoint: { folder } });
  await reached(begun, 20);
  begun.stop();
  const asked = await Promise.all(range(5).map(() => trainer.stepAsync([1, 2, 3, 4, 5], [1])));
  const { steps } = await begun;
  const resumed = await Trainer.resume(folder);
  expect(resumed.steps).toBe(steps);
  const inRun = asked.filter((report) => report.steps <= steps).length;
  expect(trainer.steps).toBe(steps + 5 - inRun);
  for (let i = inRun; i < 5; ++i) resumed.step([1, 2, 3, 4, 5], [1]);
  expectSameBits(resumed.model.parameters, trainer.model.parameters);
});

test('a handle of a model follows the run that resumes from a checkpoint', async () => {
  const folder = newFolder();
  const begun = make().fit(data, { epochs: 8, batchSize: 8, checkpoint: { folder } });
  await reached(begun, 20);
  begun.stop();
  await begun;
  const resumed = await Trainer.resume(folder);
  const handle = resumed.model.share();
  await resumed.fit(data, { epochs: 8, batchSize: 8 });
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { network } = require('glissade');
    parentPort.postMessage(network.fromShared(workerData).predict([1, 2, 3, 4, 5]));`;
  const predicted = await new Promise<Float32Array>((resolve, reject) => {
    const worker = new Worker(program, { eval: true, workerData: handle });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  expectSameBits(predicted, resumed.model.predict([1, 2, 3, 4, 5]) as Float32Array);
});
