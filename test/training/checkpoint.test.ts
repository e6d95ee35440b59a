import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import type { WrittenCheckpoint } from '../../lib/training/checkpoint';
import { newestCheckpoint } from '../../lib/training/checkpoint_folder';
import { curvatureMonitor } from '../../lib/training/curvature_monitor';
import { network } from '../../lib/training/network';
import type { RunOptions } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { folders } from '../support/folders';
import { endless, reached } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';
import { slowly, told, trainings } from '../support/resumable';

const newFolder = folders();
const filesIn = (folder: string) => fs.readdirSync(folder).sort();

const { data } = task(40, 3, 3, 'crossEntropy', 'classes');
const { data: other } = task(44, 3, 3, 'crossEntropy', 'classes');
const options: TrainerOptions = { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.02 }), seed: 2 };
const make = () => new Trainer(network({ inputs: 3, layers: [dense(8), dense(3)], seed: 1 }), options);
const run: RunOptions = { epochs: 3, batchSize: 8 };
const slow = slowly({ model: () => make().model, data, run });

let positionsInAll = 0;

describe.each(Object.entries(trainings))('checkpoints of a run with %s', (_, { model, options, data, run: given }) => {
  const run = slowly({ model, data, run: given });

  test('change no bit, and a run resumed from any of them ends with the same bits', async () => {
    const undisturbed = new Trainer(model(), options());
    const expected = told(await undisturbed.fit(data, run));
    const bytes = undisturbed.toBytes();

    const folder = newFolder();
    const trainer = new Trainer(model(), options());
    const checkpoint = { folder, everySteps: 1, keep: 1000 };
    expect(told(await trainer.fit(data, { ...run, checkpoint }))).toEqual(expected);
    expectSameBits(trainer.toBytes(), bytes, 'the end');
    const files = filesIn(folder);
    const positions = new Set<number>();
    // All of them would take long: a sample, including the first and the last.
    const every = Math.ceil(files.length / 4);
    for (const file of files.filter((_, i) => i % every === 0 || i === files.length - 1)) {
      const resumed = await Trainer.resume(path.join(folder, file));
      positions.add(resumed.interrupted!.steps);
      expect(resumed.steps).toBe(resumed.interrupted!.steps);
      expectSameBits((await Trainer.resume(resumed.toBytes())).toBytes(), resumed.toBytes(), `${file}, saved again`);
      expect(told(await resumed.fit(data, run))).toEqual(expected);
      expectSameBits(resumed.model.parameters, undisturbed.model.parameters, `parameters after ${file}`);
      expectSameBits(resumed.toBytes(), bytes, `the trainer after ${file}`);
    }
    positionsInAll += positions.size;
  });

  test('have the evaluation parameters, and can be resumed with other steps first', async () => {
    const folder = newFolder();
    const trainer = new Trainer(model(), options());
    const begun = trainer.fit(endless(data), {
      ...run,
      validation: undefined,
      monitor: undefined,
      earlyStopping: undefined,
      checkpoint: { folder, everySteps: 3 },
    });
    await reached(begun, 5);
    begun.stop();
    await begun;
    const resumed = await Trainer.resume(folder);
    const row = data.select([1]);
    const [shown, expected] = [resumed.model.predict(row), trainer.model.predict(row)];
    for (const [i, value] of shown.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  });
});

// The number of checkpoints of a run depends on the speed of the machine.
test('a checkpoint has no report of a curvature that was measured after it', async () => {
  const spin = (milliseconds: number) => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
  const folder = newFolder();
  // A checkpoint is made while the run waits at an epoch, after the previous one is written. When this thread learns of
  // it, the curvature has been measured.
  const onEpoch = () => {
    spin(60);
    let then = Promise.resolve();
    for (let turn = 0; turn < 20; ++turn) then = then.then(() => {});
    void then.then(() => spin(100));
    return Promise.resolve();
  };
  const monitored: RunOptions = { ...run, monitor: curvatureMonitor({ every: 5 }) };
  const { curvature } = await make().fit(data, {
    ...monitored,
    onEpoch,
    checkpoint: { folder, everySteps: 1, keep: 99 },
  });
  expect(curvature!.map(({ step }) => step)).toEqual([0, 5, 10, 15]);
  for (const file of filesIn(folder)) {
    const resumed = await Trainer.resume(path.join(folder, file));
    if (resumed.steps === 15) continue; // has nothing left to do
    expect((await resumed.fit(data, monitored)).curvature).toEqual(curvature);
  }
});

test('there were many checkpoints', () => {
  expect(positionsInAll).toBeGreaterThan(30);
});

describe('a stopped run', () => {
  test('leaves a checkpoint of its last step, from which it resumes', async () => {
    const folder = newFolder();
    const undisturbed = make();
    const long = slowly({ model: () => make().model, data, run: { epochs: 40, batchSize: 8 } });
    const expected = told(await undisturbed.fit(data, long));
    let trainer: Trainer = make();
    let stops = 0;
    for (; ; ++stops) {
      const begun = trainer.fit(data, { ...long, checkpoint: { folder } });
      expect(begun.progress.totalSteps).toBe(200);
      const already = begun.progress.steps;
      await reached(begun, Math.min(already + 20, 200));
      begun.stop();
      const history = await begun;
      expect(begun.progress.steps).toBe(history.steps);
      if (history.status === 'completed') {
        // A due measurement of the curvature at the end is omitted if the run is stopped there.
        expect(told(history).epochs).toEqual(expected.epochs);
        break;
      }
      trainer = await Trainer.resume(folder);
      expect(trainer.steps).toBe(history.steps);
      expect(trainer.interrupted).toMatchObject({ epochs: 40, steps: history.steps });
    }
    expect(stops).toBeGreaterThan(0);
    expectSameBits(trainer.model.parameters, undisturbed.model.parameters);
    expect(filesIn(folder).length).toBeLessThanOrEqual(3);
  });

  test('iterates over the remaining epochs after it has resumed', async () => {
    const folder = newFolder();
    await make().fit(data, { ...slow, checkpoint: { folder, everySteps: 1, keep: 100 } });
    const trainers = await Promise.all(filesIn(folder).map((file) => Trainer.resume(path.join(folder, file))));
    const resumed = trainers.find(({ interrupted }) => interrupted!.steps > 5 && interrupted!.steps < 15)!;
    const before = Math.floor(resumed.steps / 5); // completed epochs
    const seen: number[] = [];
    const begun = resumed.fit(data, slow);
    for await (const { epoch } of begun) seen.push(epoch);
    expect(seen).toEqual([1, 2, 3].slice(before));
    expect((await begun).epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  });

  test('leaves one as well if a signal stopped it', async () => {
    const folder = newFolder();
    const controller = new AbortController();
    const begun = make().fit(endless(data), { ...run, signal: controller.signal, checkpoint: { folder } });
    await reached(begun, 20);
    controller.abort();
    await expect(begun).rejects.toThrow();
    expect((await Trainer.resume(folder)).steps).toBeGreaterThanOrEqual(20);
  });
});

describe('a completed run', () => {
  test('has its history at once, and takes no step', async () => {
    const folder = newFolder();
    const trainer = make();
    const expected = await trainer.fit(data, { ...run, checkpoint: { folder } });
    const resumed = await Trainer.resume(folder);
    expect(resumed.interrupted).toEqual({ epoch: 3, epochs: 3, steps: 15 });
    expect(await resumed.fit(data, { ...run, checkpoint: { folder } })).toEqual(expected);
    expectSameBits(resumed.model.parameters, trainer.model.parameters);
    // A separate run follows.
    expect(resumed.interrupted).toBeUndefined();
    expect(told(await resumed.fit(data, run))).toEqual(told(await trainer.fit(data, run)));
    expectSameBits(resumed.model.parameters, trainer.model.parameters);
  });

  test('shows the best epoch if early stopping ended it', async () => {
    const { model, options, data, run } = trainings['early stopping']!;
    const folder = newFolder();
    const trainer = new Trainer(model(), options());
    const expected = await trainer.fit(data, { ...run, checkpoint: { folder } });
    expect(expected.status).toBe('stoppedEarly');
    const resumed = await Trainer.resume(folder);
    expect(await resumed.fit(data, run)).toEqual(expected);
    expectSameBits(resumed.model.parameters, trainer.model.parameters);
  });
});

describe('an interrupted trainer', () => {
  let folder: string;
  beforeAll(async () => {
    folder = newFolder();
    const second = make().fit(endless(data), { ...run, checkpoint: { folder } });
    await reached(second, 10);
    second.stop();
    await second;
  });
  const all = () => endless(data);

  test.each<[name: string, options: RunOptions, sentence: string]>([
    ['batchSize', { ...run, batchSize: 4 }, 'with batchSize 8, but batchSize is now 4'],
    ['epochs', { ...run, epochs: 2 }, 'with epochs 3, but epochs is now 2'],
    ['sampling', { ...run, shuffle: false }, 'with sampling "permutation", but sampling is now "sequential"'],
    ['early stopping', { ...run, earlyStopping: {} }, 'with earlyStopping not given'],
    ['validation', { ...run, validation: other }, 'had no validation, but this one has one'],
  ])('refuses another %s', async (_, options, sentence) => {
    const resumed = await Trainer.resume(folder);
    expectRefusal(() => resumed.fit(all(), options), 'ERR_INVALID_ARGUMENT', sentence, 'abandon()');
    expect(resumed.interrupted).toBeDefined();
  });

  test('refuses other data', async () => {
    const resumed = await Trainer.resume(folder);
    const rowsOf = (change: (rows: Uint32Array) => Uint32Array) =>
      data.select(change(Uint32Array.from({ length: 1_000_000 }, (_, i) => i % data.rows)));
    expectRefusal(
      () =>
        resumed.fit(
          rowsOf((rows) => rows.subarray(1)),
          run,
        ),
      'ERR_INVALID_ARGUMENT',
      'the training data have 999999 rows, but those of the run that was interrupted had 1000000',
    );
    expectRefusal(
      () =>
        resumed.fit(
          rowsOf((rows) => rows.map((row) => (row + 1) % 40)),
          run,
        ),
      'ERR_INVALID_ARGUMENT',
      'the training data have other contents than those of the run that was interrupted',
    );
  });

  test('can abandon its run', async () => {
    const resumed = await Trainer.resume(folder);
    const steps = resumed.steps;
    resumed.abandon();
    expect(resumed.interrupted).toBeUndefined();
    const { epochs } = await resumed.fit(data, { epochs: 1, batchSize: 10 });
    expect(epochs.map(({ epoch, steps }) => [epoch, steps])).toEqual([[2, steps + 4]]);
  });
});

describe('the folder of checkpoints', () => {
  test('keeps only the newest files, as many as requested, and nothing half written', async () => {
    const folder = path.join(newFolder(), 'made/as needed');
    await make().fit(data, { ...slow, checkpoint: { folder, everySteps: 2, keep: 2 } });
    const first = filesIn(folder);
    expect(first).toHaveLength(2);
    fs.writeFileSync(path.join(folder, '.checkpoint-000099.safetensors.tmp'), 'half');
    fs.writeFileSync(path.join(folder, 'notes.txt'), '');
    await make().fit(data, { ...slow, checkpoint: { folder, everySteps: 2, keep: 2 } });
    const second = filesIn(folder);
    expect(second).toHaveLength(3);
    expect(second).toContain('notes.txt');
    expect(second[0]! > first[1]!).toBe(true);
    expect(await newestCheckpoint(folder)).toBe(path.join(folder, second[1]!));
  });

  test('returns the newest complete file, or undefined', async () => {
    const folder = newFolder();
    expect(await newestCheckpoint(path.join(folder, 'none'))).toBeUndefined();
    expect(await newestCheckpoint(folder)).toBeUndefined();
    await make().fit(data, { ...slow, checkpoint: { folder, everySteps: 1, keep: 3 } });
    const files = filesIn(folder).map((name) => path.join(folder, name));
    fs.truncateSync(files[2]!, 1000);
    const bytes = fs.readFileSync(files[1]!);
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(files[1]!, bytes);
    expect(await newestCheckpoint(folder)).toBe(files[0]!);
    expect((await Trainer.resume(folder)).steps).toBeGreaterThan(0);
    await expectRejection(newestCheckpoint(files[0]!), 'ERR_FILE', "can't read");
    await expectRejection(newestCheckpoint(3 as never), 'ERR_INVALID_ARGUMENT', 'folder');
  });
});

describe('onWritten', () => {
  test('is called with each file after it is written, and with its number of steps', async () => {
    const folder = newFolder();
    const trainer = make();
    const found: [told: number, read: Promise<number>][] = [];
    const read = (file: string) => Trainer.resume(fs.readFileSync(file)).then(({ steps }) => steps);
    const onWritten = ({ file, steps }: WrittenCheckpoint) => void found.push([steps, read(file)]);
    trainer.step([1, 2, 3], [0]);
    await trainer.fit(data, { ...slow, checkpoint: { folder, everySteps: 2, onWritten } });
    expect(found.length).toBeGreaterThan(1);
    for (const [steps, inFile] of found) expect(await inFile).toBe(steps);
    expect(found.at(-1)![0]).toBe(trainer.steps);
  });

  test('ends the run with the error that it throws', async () => {
    const reason = new Error('enough');
    const onWritten = () => {
      throw reason;
    };
    const trainer = make();
    const begun = trainer.fit(endless(data), { ...run, checkpoint: { folder: newFolder(), everySteps: 2, onWritten } });
    await expect(begun).rejects.toBe(reason);
    expect(trainer.step([1, 2, 3], [0]).loss).toBeGreaterThan(0);
  });
});

describe('options of checkpoints', () => {
  test.each<[options: object, sentence: string]>([
    [{ folder: 7 }, 'checkpoint.folder'],
    [{}, 'checkpoint.folder'],
    [{ folder: 'x', everySteps: 0 }, 'checkpoint.everySteps'],
    [{ folder: 'x', keep: 0 }, 'checkpoint.keep'],
    [{ folder: 'x', onWritten: 'log' }, 'checkpoint.onWritten'],
    [{ folder: 'x', everySeconds: 0 }, 'checkpoint.everySeconds'],
    [{ folder: 'x', everySecond: 1 }, 'Did you mean "everySeconds"?'],
  ])('cannot be %j', (checkpoint, sentence) => {
    expect(() => make().fit(data, { checkpoint: checkpoint as never })).toThrow(sentence);
  });

  test('must be consistent', () => {
    expectRefusal(() => make().fit(data, { onCheckpointError: 'warn' }), 'ERR_INVALID_ARGUMENT', 'checkpoint');
    expectRefusal(
      () => make().fit(data, { onCheckpointError: 'ignore' as never, checkpoint: { folder: newFolder() } }),
      'ERR_INVALID_ARGUMENT',
      'onCheckpointError',
    );
    const { model, options, data: sparse } = trainings['single examples of sparse columns']!;
    expectRefusal(
      () =>
        new Trainer(model(), options()).fit(sparse, {
          batchSize: 1,
          parallel: 'hogwild',
          checkpoint: { folder: newFolder() },
        }),
      'ERR_INVALID_ARGUMENT',
      'hogwild',
    );
  });

  test('before the end of the first epoch has no best parameters: a stop leaves those of the last step', async () => {
    const folder = newFolder();
    const whole: RunOptions = { epochs: 2, batchSize: 1, earlyStopping: {}, checkpoint: { folder } };
    const trainer = make();
    const begun = trainer.fit(endless(data), whole);
    begun.stop();
    await begun;
    const resumed = await Trainer.resume(folder);
    const again = resumed.fit(endless(data), whole);
    again.stop();
    expect((await again).best).toBeUndefined();
    expect(Math.hypot(...resumed.model.parameters)).toBeGreaterThan(0.1);
  });

  test('cannot be resumed by hogwild', async () => {
    const folder = newFolder();
    const { model, options, data: sparse } = trainings['single examples of sparse columns']!;
    const whole: RunOptions = { epochs: 1000, batchSize: 1 };
    const begun = new Trainer(model(), options()).fit(sparse, { ...whole, checkpoint: { folder } });
    begun.stop();
    await begun;
    const resumed = await Trainer.resume(folder);
    expectRefusal(() => resumed.fit(sparse, { ...whole, parallel: 'hogwild' }), 'ERR_INVALID_ARGUMENT', 'hogwild');
  });

  test('everySeconds writes them by the clock', async () => {
    const folder = newFolder();
    const begun = make().fit(endless(data), { ...run, checkpoint: { folder, everySeconds: 0.05, keep: 100 } });
    while (filesIn(folder).filter((name) => !name.startsWith('.')).length < 3)
      await reached(begun, begun.progress.steps + 1);
    begun.stop();
    await begun;
  });
});

describe('a checkpoint that cannot be written', () => {
  const warnings: Error[] = [];
  beforeEach(() => {
    warnings.length = 0;
    jest.spyOn(process, 'emitWarning').mockImplementation((message, options) => {
      warnings.push(Object.assign(new Error(message as string), { name: (options as { type: string }).type }));
    });
  });
  afterEach(() => jest.restoreAllMocks());

  /** The behaviour of a run whose checkpoints fail from the beginning. */
  const expectFailures = async (folder: string, reason: string) => {
    const undisturbed = make();
    await undisturbed.fit(data, run);
    const trainer = make();
    await trainer.fit(data, { ...run, checkpoint: { folder, everySteps: 1 } });
    expectSameBits(trainer.model.parameters, undisturbed.model.parameters);
    expect(warnings.map(({ name, message }) => [name, message.includes(reason)])).toEqual([['GlissadeWarning', true]]);
    expect(warnings[0]!.message).toContain('The run goes on without this checkpoint.');
    const strict = async () =>
      make().fit(endless(data), { ...run, checkpoint: { folder, everySteps: 1 }, onCheckpointError: 'throw' });
    await expectRejection(strict(), 'ERR_FILE', reason);
  };

  test('because a file is where the folder should be', async () => {
    const folder = path.join(newFolder(), 'file');
    fs.writeFileSync(folder, '');
    await expectFailures(folder, `can't make checkpoints in ${folder}`);
  });

  /** Mounts a file system during a test. Skips with a reason if that is not permitted. */
  const mounted = (name: string, options: string, use: (folder: string) => Promise<void>) =>
    test(name, async () => {
      const folder = newFolder();
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
      } catch (error) {
        console.warn(
          `not tested, since no file system can be mounted here: ${(error as Error).message.split('\n')[1]}`,
        );
        return;
      }
      try {
        await use(folder);
      } finally {
        execFileSync('umount', [folder]);
      }
    });

  mounted('in a read-only folder', 'ro', (folder) => expectFailures(folder, 'read-only file system'));

  mounted('on a full disk, leaves the older ones', 'size=64k', async (folder) => {
    const model = () => network({ inputs: 3, layers: [dense(600), dense(3)], seed: 1 }); // 58 kB with its state
    const first = new Trainer(model(), options);
    await first.fit(data, { ...run, checkpoint: { folder, keep: 1 } });
    const [name, ...others] = filesIn(folder);
    expect(others).toEqual([]);
    const bytes = fs.readFileSync(path.join(folder, name!));
    const second = await Trainer.resume(folder);
    await second.fit(data, run);
    await second.fit(data, { ...run, checkpoint: { folder, everySteps: 2, keep: 1 } });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.message).toContain('no space left on device');
    expect(filesIn(folder)).toEqual([name]);
    expectSameBits(fs.readFileSync(path.join(folder, name!)), bytes);
    const third = second.fit(endless(data), {
      ...run,
      checkpoint: { folder, everySteps: 2, keep: 1 },
      onCheckpointError: 'throw',
    });
    await expectRejection(third, 'ERR_FILE', 'no space left on device');
    expectSameBits(fs.readFileSync(path.join(folder, name!)), bytes);
  });
});
