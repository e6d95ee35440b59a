// Runs on single examples, which publish parameters only if they are read: what readers get, and when.

import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { adam } from '../../lib/optimizers/adam';
import { ftrl } from '../../lib/optimizers/ftrl';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { curvatureMonitor } from '../../lib/training/curvature_monitor';
import { linear } from '../../lib/training/linear';
import type { Run } from '../../lib/training/run';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { folders } from '../support/folders';
import { normal, range } from '../support/numbers';
import { endless, inTime, reached } from '../support/progress';
import { expectRejection } from '../support/refusals';
import { sparseRows } from '../support/sparse_tasks';

const newFolder = folders();
const columns = 400;
const number = normal(3);
const rows = sparseRows(300, columns);
const data = new Dataset({ inputs: sparse({ columns, rows }), targets: rows.map(() => number()) });
const many = data.select(range(30_000).map((i) => i % 300));
const single = { batchSize: 1, sampling: 'sequential' } as const;
const make = () => linear({ inputs: { sparse: columns } });

/** Keeps the event loop busy, like a request's handler. */
const stayBusy = (milliseconds: number) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

/** Keeps it busy until a condition is met, for a minute at most. */
const stayBusyUntil = (holds: () => boolean) => {
  for (let waits = 0; waits < 6000 && !holds(); ++waits) stayBusy(10);
};

/** Whether the predictions of a model differ from earlier ones. */
const isLater = (model: ReturnType<typeof make>, before: ArrayLike<number>) =>
  Array.from(model.predict(data) as ArrayLike<number>).some((x, i) => x !== before[i]);

/** Stops a run and waits for its end, which is reported only when the event loop is free. */
async function ended(run: Run): Promise<void> {
  run.stop();
  await run;
}

describe('a run on single examples', () => {
  test.each([
    ['momentum', () => sgd({ learningRate: 0.001, momentum: 0.9 })],
    ['adam', () => adam({ learningRate: 1e-3 })],
    [
      'a schedule of decay',
      () => sgd({ learningRate: 0.01, weightDecay: linearSchedule({ from: 0.01, to: 0.001, steps: 45_000 }) }),
    ],
  ])('resumes with %s in the middle of an epoch to the same bits', async (_, optimizer) => {
    const begin = () => new Trainer(make(), { loss: 'squared', optimizer: optimizer() });
    const run = { ...single, epochs: 2 };
    const undisturbed = begin();
    await undisturbed.fit(many, run);
    const resumed = await inTime(async () => {
      const folder = newFolder();
      const begun = begin().fit(many, { ...run, checkpoint: { folder } });
      await reached(begun, 450);
      begun.stop();
      await begun;
      const { steps } = begun.progress;
      return steps < 2 * many.rows && steps % many.rows > 0 ? Trainer.resume(folder) : undefined;
    });
    await resumed.fit(many, run);
    expectSameBits(resumed.model.parameters, undisturbed.model.parameters);
  });

  test('lets models be read after it has failed, before the failure is reported', async () => {
    const model = make();
    const broken = new Dataset({
      inputs: sparse({ columns, rows }),
      targets: rows.map((_, i) => (i === 100 ? 1e38 : 1)),
    });
    const optimizer = ftrl({ learningRate: cosine({ from: 0.5, to: 0.1, steps: 1000 }) });
    const run = model.fit(broken, { ...single, loss: 'squared', optimizer, epochs: 3 });
    const failure = expectRejection(run, 'ERR_NON_FINITE');
    stayBusyUntil(() => run.progress.steps >= 100);
    stayBusy(100);
    const seen = model.predict(data);
    await failure;
    expectSameBits(seen, model.predict(data));
  });

  test('has ended for readers before its end is reported', async () => {
    const model = make();
    const before = model.predict(data);
    const run = model.fit(many, { ...single, loss: 'squared', optimizer: sgd({ learningRate: 0.01 }), epochs: 1 });
    const end = run.then(() => undefined); // so that it does not wait at the end of its epoch
    await new Promise((resolve) => setTimeout(resolve, 1));
    stayBusyUntil(() => run.progress.steps === many.rows);
    stayBusy(100);
    const seen = model.predict(data);
    await end;
    expectSameBits(seen, model.predict(data));
    expect(seen).not.toEqual(before);
  });

  test.each([
    ['', undefined],
    [', also if it is probed', curvatureMonitor({ every: 1_000_000 })],
  ])('shows later readers newer parameters than those of its start%s', async (_, monitor) => {
    const model = make();
    const before = model.predict(data);
    const optimizer = sgd({ learningRate: 0.01 });
    const run = model.fit(endless(data), { ...single, loss: 'squared', optimizer, ...(monitor && { monitor }) });
    await reached(run, 20_000);
    stayBusyUntil(() => isLater(model, before));
    expect(model.predict(data)).not.toEqual(before);
    await ended(run);
  });

  test('publishes its progress when it waits for hyperparameters', async () => {
    const model = make();
    const before = model.predict(data);
    const learningRate = cosine({ from: 0.01, to: 0.001, steps: 1_000_000 });
    const run = model.fit(endless(data), { ...single, loss: 'squared', optimizer: sgd({ learningRate }) });
    await reached(run, 1);
    stayBusyUntil(() => isLater(model, before)); // supplies none meanwhile
    expect(model.predict(data)).not.toEqual(before);
    await ended(run);
  });

  test('keeps the model of the epoch at which it waits, also of the last one and after further steps', async () => {
    const trainer = new Trainer(make(), { loss: 'squared', optimizer: sgd({ learningRate: 0.01 }) });
    for await (const epoch of trainer.fit(data, { ...single, epochs: 3 })) {
      const held = trainer.model.parameters.slice();
      await trainer.stepAsync(sparse({ columns, rows: rows.slice(0, 1) }), [100]);
      expectSameBits(epoch.model().parameters, held);
      expect(trainer.model.parameters).not.toEqual(held);
    }
  });

  test('takes single examples again as soon as the effect of a step with large numbers has faded', async () => {
    const inputs = range(400).map(() => range(30).map(() => number()));
    const all = new Dataset({ inputs, targets: inputs.map((_, i) => (i === 200 ? 1e13 : number())) });
    const optimizer = adam({ learningRate: 1e-3, beta1: 0, beta2: 0.5 });
    const begin = () => new Trainer(linear({ inputs: 30 }), { loss: 'squared', optimizer });
    const trained = async (...ends: number[]) => {
      const trainer = begin();
      let first = 0;
      for (const end of ends) {
        await trainer.fit(all.select(range(end - first).map((i) => first + i)), { ...single, epochs: 1 });
        first = end;
      }
      return trainer.model.parameters;
    };
    // From 201 on, steps are on minibatches until the average of squares is small again, some 50 steps later.
    expectSameBits(await trained(201, 400), await trained(201, 270, 400));
  });
});
