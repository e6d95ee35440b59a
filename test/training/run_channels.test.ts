import diagnostics from 'node:diagnostics_channel';
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { network } from '../../lib/training/network';
import type { Run } from '../../lib/training/run';
import { publish } from '../../lib/training/run_channels';
import type { Refusal, RunCheckpoint, RunEnd, RunEpoch, RunStart } from '../../lib/training/run_messages';
import type { RunOptions } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { runScript } from '../support/child';
import { task } from '../support/examples';
import { folders } from '../support/folders';
import { endless, reached } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';

const newFolder = folders();
const { data } = task(40, 3, 3, 'crossEntropy', 'classes');
const { data: held } = task(44, 3, 3, 'crossEntropy', 'classes');
const options: TrainerOptions<['accuracy', 'confusionMatrix']> = {
  loss: 'crossEntropy',
  optimizer: adam({ learningRate: 0.02 }),
  metrics: ['accuracy', 'confusionMatrix'],
  seed: 2,
};
const make = (more: Partial<TrainerOptions> = {}) =>
  new Trainer(network({ inputs: 3, layers: [dense(8), dense(3)], seed: 1 }), { ...options, ...more });
const run: RunOptions = { epochs: 3, batchSize: 8, validation: held };

const names = ['run:start', 'run:epoch', 'run:checkpoint', 'run:end', 'refusal'].map((name) => `glissade:${name}`);
let heard: { name: string; message: object }[];
const listen = (message: unknown, name: string | symbol) =>
  void heard.push({ name: String(name).slice('glissade:'.length), message: message as object });

beforeEach(() => {
  heard = [];
  for (const name of names) diagnostics.subscribe(name, listen);
});
afterEach(() => {
  for (const name of names) diagnostics.unsubscribe(name, listen);
});

const order = () => heard.map(({ name }) => name);
const last = <T>(name: string) => heard.filter((each) => each.name === name).at(-1)!.message as T;
const settled = (run: PromiseLike<unknown>) => Promise.resolve(run).catch(() => {});

function isFrozen(value: unknown): boolean {
  if (value === null || typeof value !== 'object' || value instanceof Error) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}

test('a run publishes its start, each epoch and its end, in frozen messages', async () => {
  const trainer = make();
  trainer.step([[1, 2, 3]], [1]);
  const begun = trainer.fit(data, run);
  const history = await begun;
  expect(order()).toEqual(['run:start', 'run:epoch', 'run:epoch', 'run:epoch', 'run:end']);
  expect(new Set(heard.map(({ message }) => (message as RunEnd).run))).toEqual(new Set([begun.id]));
  for (const { message } of heard) expect(isFrozen(message)).toBe(true);
  const { model, options, ...start } = last<RunStart>('run:start');
  expect(start).toEqual({ run: begun.id, rows: 40, steps: 1, epochs: 0, totalSteps: 15 });
  expect(model).toEqual(JSON.parse(JSON.stringify(trainer.model)));
  // Only requested properties are present.
  expect(options).toEqual({
    loss: 'crossEntropy',
    optimizer: expect.objectContaining({ name: 'adam', learningRate: 0.02 }),
    metrics: ['accuracy', 'confusionMatrix'],
    seed: 2,
    epochs: 3,
    batchSize: 8,
    validation: { rows: 44 },
    monitor: 'validation.loss',
    sampling: 'permutation',
  });
  const epochs = heard.filter(({ name }) => name === 'run:epoch').map(({ message }) => message as RunEpoch);
  expect(epochs).toEqual(history.epochs.map((report) => ({ run: begun.id, ...report })));
  const { seconds, ...end } = last<RunEnd>('run:end');
  expect(end).toEqual({ run: begun.id, status: 'completed', epochs: 3, steps: 16, best: history.best });
  expect(seconds).toBeGreaterThan(0);
});

test('two runs have different ids', async () => {
  const trainer = make();
  const first = trainer.fit(data, run);
  await first;
  const second = trainer.fit(data, run);
  await second;
  expect(second.id).not.toBe(first.id);
});

test('a stopped run publishes that, with its steps', async () => {
  const trainer = make();
  const begun = trainer.fit(endless(data), run);
  await reached(begun, 5);
  begun.stop();
  const { steps } = await begun;
  expect(order()).toEqual(['run:start', 'run:end']);
  expect(last<RunEnd>('run:end')).toMatchObject({ status: 'stopped', epochs: 0, steps });
  expect(steps).toBe(trainer.steps);
});

test('a run ended by early stopping publishes that', async () => {
  const never = { monitor: 'validation.loss', patience: 2, minimumDelta: 100 } as const;
  await make().fit(data, { ...run, epochs: 9, earlyStopping: never });
  expect(order()).toEqual(['run:start', 'run:epoch', 'run:epoch', 'run:epoch', 'run:end']);
  expect(last<RunStart>('run:start').options.earlyStopping).toEqual({ ...never, mode: 'min', restoreBest: true });
  expect(last<RunEnd>('run:end')).toMatchObject({ status: 'stoppedEarly', epochs: 3, best: { epoch: 1 } });
});

test.each(['before', 'during'])('a run that is aborted %s it publishes that, without a refusal', async (when) => {
  const controller = new AbortController();
  const reason = Object.assign(new Error('enough'), { code: 'ERR_MINE' });
  if (when === 'before') controller.abort(reason);
  const begun = make().fit(endless(data), { ...run, signal: controller.signal });
  if (when === 'during') await reached(begun as Run, 3);
  controller.abort(reason);
  await settled(begun);
  expect(order()).toEqual(['run:start', 'run:end']);
  expect(last<RunEnd>('run:end')).toMatchObject({ status: 'aborted', error: reason });
});

test('a failing run publishes its error, also as a refusal with the code', async () => {
  const begun = make({ optimizer: adam({ learningRate: 1e38 }) }).fit(data, run);
  await expectRejection(Promise.resolve(begun), 'ERR_NON_FINITE');
  const error = (await begun.catch((reason: unknown) => reason)) as Error;
  expect(order()).toEqual(['run:start', 'refusal', 'run:end']);
  expect(last<Refusal>('refusal')).toEqual({ operation: 'fit', run: begun.id, code: 'ERR_NON_FINITE', error });
  expect(last<RunEnd>('run:end')).toMatchObject({ status: 'failed', epochs: 0, error });
});

test.each([
  ['an error without a code', new Error('mine')],
  ['no error', 7],
  [
    'a getter that throws',
    {
      get code() {
        throw new Error('mine');
      },
    },
  ],
])('an error of a callback is not a refusal if it is %s', async (_, thrown) => {
  const onEpoch = () => Promise.reject(thrown);
  await settled(make().fit(data, { ...run, onEpoch }));
  expect(order()).toEqual(['run:start', 'run:epoch', 'run:end']);
  expect(last<RunEnd>('run:end').error).toBe(thrown);
});

test('a run that is refused for its options publishes no start', () => {
  expect(() => make().fit(data, { ...run, epochs: 0 })).toThrow();
  const trainer = make();
  const begun = trainer.fit(endless(data), run);
  heard = [];
  expect(() => trainer.fit(data)).toThrow();
  expect(heard).toEqual([]);
  begun.stop();
  return begun;
});

test('checkpoints are published once they are on the disk, and a resumed run publishes where it continues', async () => {
  const folder = newFolder();
  const controller = new AbortController();
  const first = make().fit(data, {
    ...run,
    checkpoint: { folder, everySteps: 5, keep: 100 },
    onEpoch: async ({ epoch }) => {
      if (epoch < 2) return;
      while (!heard.some(({ name }) => name === 'run:checkpoint')) await setTimeout(1);
      controller.abort();
    },
    signal: controller.signal,
  });
  await settled(first);
  const written = heard.filter(({ name }) => name === 'run:checkpoint').map(({ message }) => message as RunCheckpoint);
  expect(written.length).toBeGreaterThan(0);
  expect(written[0]).toEqual({ run: first.id, file: expect.stringContaining(folder), steps: expect.any(Number) });

  heard = [];
  const resumed = await Trainer.resume(written[0]!.file);
  const { steps } = resumed;
  expect(steps).toBe(written[0]!.steps);
  const before = Math.floor(steps / 5);
  const second = resumed.fit(data, run);
  await second;
  expect(order()).toEqual(['run:start', ...new Array(3 - before).fill('run:epoch'), 'run:end']);
  expect(last<RunStart>('run:start')).toMatchObject({ run: second.id, steps, epochs: before, totalSteps: 15 - steps });
  expect(last<RunEnd>('run:end')).toMatchObject({ status: 'completed', epochs: 3, steps: 15 });
});

test('a run that was interrupted at its end starts and ends at once', async () => {
  const folder = newFolder();
  await make().fit(data, { ...run, checkpoint: { folder } });
  heard = [];
  await (await Trainer.resume(folder)).fit(data, run);
  expect(order()).toEqual(['run:start', 'run:end']);
  expect(last<RunStart>('run:start')).toMatchObject({ steps: 15, epochs: 3, totalSteps: 0 });
  expect(last<RunEnd>('run:end')).toMatchObject({ status: 'completed', epochs: 3, steps: 15 });
});

test('publishes a refusal if a checkpoint cannot be written, and the run continues', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const begun = make().fit(data, { ...run, checkpoint: { folder: '/dev/null' } });
  await begun;
  warned.mockRestore();
  const { error, ...refusal } = last<Refusal>('refusal');
  expect(refusal).toEqual({ operation: 'checkpoint', run: begun.id, code: 'ERR_FILE' });
  expect(error.message).toContain('/dev/null');
  expect(last<RunEnd>('run:end').status).toBe('completed');
});

test('publishes a refusal if a step of stepAsync is refused', async () => {
  const trainer = make({ queue: 1 });
  await expectRejection(trainer.stepAsync([[1, 2]], [1]), 'ERR_SHAPE');
  expect(last<Refusal>('refusal')).toMatchObject({ operation: 'stepAsync', code: 'ERR_SHAPE' });
  const begun = trainer.fit(endless(data), run);
  const steps = [1, 2, 3].map(() => settled(trainer.stepAsync([[1, 2, 3]], [1])));
  await Promise.all(steps);
  expect(last<Refusal>('refusal')).toMatchObject({ operation: 'stepAsync', code: 'ERR_QUEUE_FULL' });
  expect(last<Refusal>('refusal')).not.toHaveProperty('run');
  begun.stop();
  await begun;
});

test('a run has the same bits with and without subscribers, and prepares no messages without them', async () => {
  const heardBits = make();
  await heardBits.fit(data, run);
  for (const name of names) diagnostics.unsubscribe(name, listen);
  const others = heard.length;
  const unheard = make();
  const described = jest.spyOn(unheard.model, 'toJSON');
  await unheard.fit(data, run);
  expect(heard).toHaveLength(others);
  expect(described).not.toHaveBeenCalled();
  const message = jest.fn();
  publish('glissade:run:epoch', message);
  expect(message).not.toHaveBeenCalled();
  expectSameBits(unheard.model.parameters, heardBits.model.parameters);
});

test('an error of a subscriber ends the process as an uncaught exception, unless it is handled; the run continues', async () => {
  const { code, stdout, stderr } = await runScript(`
    const { adam, Dataset, dense, network } = require('glissade');
    require('node:diagnostics_channel').subscribe('glissade:run:epoch', ({ epoch }) => { throw new Error('mine ' + epoch); });
    process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    const data = new Dataset({ inputs: [[1], [2], [3]], targets: [1, 2, 3] });
    const model = network({ inputs: 1, layers: [dense(1)] });
    const run = model.fit(data, { loss: 'squared', optimizer: adam(), epochs: 2 });
    run.then(({ status, epochs }) => console.log(status, epochs.length));`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n').sort()).toEqual(['completed 2', 'uncaught mine 1', 'uncaught mine 2']);
});

test('an error of an observer becomes an uncaught exception too; the run, its loops and other observers continue', async () => {
  const { code, stdout, stderr } = await runScript(`
    const { adam, Dataset, dense, network } = require('glissade');
    process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
    const data = new Dataset({ inputs: [[1], [2], [3]], targets: [1, 2, 3] });
    const model = network({ inputs: 1, layers: [dense(1)] });
    const run = model.fit(data, { loss: 'squared', optimizer: adam(), epochs: 2 });
    const fail = (message) => { throw new Error(message); };
    run.observe({ onEpoch: ({ epoch }) => fail('at epoch ' + epoch), onEnd: () => fail('at the end') });
    run.observe({ onEpoch: ({ epoch }) => console.log('epoch', epoch), onEnd: (_, { status }) => console.log(status) });
    (async () => {
      for await (const _ of run);
      console.log('loop ended');
      run.observe({ onEpoch: ({ epoch }) => fail('late, at epoch ' + epoch) });
    })();`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const errors = ['at epoch 1', 'at epoch 2', 'at the end', 'late, at epoch 1', 'late, at epoch 2'];
  expect(stdout.trim().split('\n').sort()).toEqual(
    ['epoch 1', 'epoch 2', 'completed', 'loop ended', ...errors.map((message) => `uncaught ${message}`)].sort(),
  );
});

test('an observer that is added during a report receives that report once', async () => {
  const begun = make().fit(data, run);
  const received: number[] = [];
  begun.observe({
    onEpoch: ({ epoch }) => {
      if (epoch === 2) begun.observe({ onEpoch: (report) => void received.push(report.epoch) });
    },
  });
  const { epochs } = await begun;
  expect(received).toEqual(epochs.map(({ epoch }) => epoch));
});

test('onEpoch is called with the run as its receiver', async () => {
  const receivers: unknown[] = [];
  const onEpoch = function (this: unknown) {
    receivers.push(this);
  };
  const begun = make().fit(data, { ...run, onEpoch });
  await begun;
  expect(new Set(receivers)).toEqual(new Set([begun]));
});

test('refuses an observer with missing or invalid functions at once', async () => {
  const begun = make().fit(data, run);
  const onEpoch = () => {};
  for (const [observer, ...words] of [
    [undefined, 'observer', 'onEpoch'],
    [{ onEpohc: onEpoch }, 'observer.onEpoch', 'undefined'],
    [{ onEpoch, onEnd: true }, 'observer.onEnd', 'true'],
    [{ onEpoch, onCurvature: 'log' }, 'observer.onCurvature', 'log'],
  ] as const)
    expectRefusal(() => begun.observe(observer as never), 'ERR_INVALID_ARGUMENT', ...words);
  await begun;
});

describe('the timeline of the process', () => {
  test('gets a measure of each epoch if an observer is present, and keeps none', async () => {
    const measures: PerformanceEntry[] = [];
    const observer = new PerformanceObserver((list) => void measures.push(...list.getEntries()));
    observer.observe({ entryTypes: ['measure'] });
    const before = performance.now();
    const begun = make().fit(data, run);
    const { epochs } = await begun;
    while (measures.length < 3) await setTimeout(1);
    observer.disconnect();
    expect(performance.getEntriesByName('glissade:epoch')).toEqual([]);
    const detailOf = (measure: PerformanceEntry) => (measure as unknown as { detail: { epoch: number } }).detail;
    measures.sort((a, b) => detailOf(a).epoch - detailOf(b).epoch);
    expect(measures.map(detailOf)).toEqual(
      epochs.map(({ epoch, loss, examplesPerSecond }) => ({ run: begun.id, epoch, loss, examplesPerSecond })),
    );
    let last = before;
    for (const [i, { name, startTime, duration }] of measures.entries()) {
      expect(name).toBe('glissade:epoch');
      expect(duration).toBeCloseTo(1000 * epochs[i]!.seconds, 6);
      expect(startTime).toBeGreaterThan(before - 1e-6);
      expect(startTime + duration).toBeGreaterThan(last);
      last = startTime + duration;
    }
    expect(last).toBeLessThanOrEqual(performance.now());
  });

  test('keeps the measures of others', async () => {
    performance.measure('mine', { start: 0, end: 1 });
    await make().fit(data, run);
    expect(performance.getEntriesByName('mine')).toHaveLength(1);
    performance.clearMeasures('mine');
  });
});
