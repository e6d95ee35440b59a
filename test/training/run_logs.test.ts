import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { curvatureMonitor } from '../../lib/training/curvature_monitor';
import { network } from '../../lib/training/network';
import type { RunOptions } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { packageRoot } from '../support/child';
import { expectBetween } from '../support/durations';
import { eventsIn } from '../support/event_files';
import { task } from '../support/examples';
import { folders } from '../support/folders';
import { expectRefusal } from '../support/refusals';

const newFolder = folders();
const { data } = task(40, 3, 3, 'crossEntropy', 'classes');
const { data: held } = task(44, 3, 3, 'crossEntropy', 'classes');
const make = (more: Partial<TrainerOptions> = {}) =>
  new Trainer(network({ inputs: 3, layers: [dense(8), dense(3)], seed: 1 }), {
    loss: 'crossEntropy',
    optimizer: adam({ learningRate: linearSchedule({ from: 0.02, to: 0.01 }) }),
    metrics: ['accuracy', 'confusionMatrix'],
    ...more,
  });
const run: RunOptions = { epochs: 3, batchSize: 8, validation: held };

const linesOf = (file: string): Record<string, unknown>[] =>
  fs
    .readFileSync(file, 'utf8')
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => JSON.parse(line));
const filesIn = (folder: string) => fs.readdirSync(folder).map((name) => path.join(folder, name));

let warnings: { message: string; type: string; code: string }[];
beforeEach(() => {
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((message, options) => {
    warnings.push({ message: message as string, ...(options as unknown as { type: string; code: string }) });
  });
});
afterEach(() => jest.restoreAllMocks());

describe('a log of JSON lines', () => {
  test('has the start with the options, each epoch, and the end', async () => {
    const file = path.join(newFolder(), 'new', 'folders', 'metrics.jsonl');
    const begun = make().fit(data, { ...run, logFile: pathToFileURL(file) });
    const history = await begun;
    const lines = linesOf(file);
    expect(lines.map(({ event }) => event)).toEqual(['start', 'epoch', 'epoch', 'epoch', 'end']);
    for (const { run, time } of lines) {
      expect(run).toBe(begun.id);
      expect(new Date(time as string).toISOString()).toBe(time);
    }
    expect(lines[0]).toMatchObject({
      rows: 40,
      steps: 0,
      epochs: 0,
      totalSteps: 15,
      model: JSON.parse(JSON.stringify(make().model)),
      options: { optimizer: { learningRate: { name: 'linear', from: 0.02 } }, batchSize: 8, logFile: file },
    });
    expect(lines.slice(1, 4)).toMatchObject(JSON.parse(JSON.stringify(history.epochs)));
    expect(lines[4]).toMatchObject({ status: 'completed', epochs: 3, steps: 15, best: history.best });
  });

  test('has the metrics of the run in its options, if they differ from those of the trainer', async () => {
    const optionsWith = async (metrics?: ['f1']) => {
      const file = path.join(newFolder(), 'metrics.jsonl');
      await make().fit(data, { ...run, logFile: file, ...(metrics && { metrics }) });
      return linesOf(file)[0]!.options as { metrics: unknown[] };
    };
    expect((await optionsWith(['f1'])).metrics).toHaveLength(1);
    expect((await optionsWith()).metrics).toHaveLength(2); // accuracy and confusionMatrix
  });

  test('is written as epochs end', async () => {
    const file = path.join(newFolder(), 'metrics.jsonl');
    const counts: number[] = [];
    const onEpoch = () => void counts.push(linesOf(file).length);
    await make().fit(data, { ...run, logFile: file, onEpoch });
    expect(counts).toEqual([2, 3, 4]);
  });

  test('is appended to, run after run', async () => {
    const file = path.join(newFolder(), 'metrics.jsonl');
    fs.writeFileSync(file, '{"event":"mine"}\n');
    const trainer = make();
    await trainer.fit(data, { ...run, epochs: 1, logFile: file });
    await trainer.fit(data, { ...run, epochs: 1, logFile: file });
    expect(linesOf(file).map(({ event, steps }) => [event, steps])).toEqual([
      ['mine', undefined],
      ['start', 0],
      ['epoch', 5],
      ['end', 5],
      ['start', 5],
      ['epoch', 10],
      ['end', 10],
    ]);
  });

  test('has the error of a failed run', async () => {
    const file = path.join(newFolder(), 'metrics.jsonl');
    const failing = make({ optimizer: adam({ learningRate: 1e38 }) }).fit(data, { ...run, logFile: file });
    const { message } = (await failing.catch((error: unknown) => error)) as Error;
    expect(linesOf(file).at(-1)).toMatchObject({ status: 'failed', error: { code: 'ERR_NON_FINITE', message } });
    await make()
      .fit(data, { ...run, logFile: file, onEpoch: () => Promise.reject(7n) })
      .catch(() => {});
    expect(linesOf(file).at(-1)).toMatchObject({ status: 'failed', error: { message: '7n' } });
  });

  test('has the reports of a curvature monitor', async () => {
    const file = path.join(newFolder(), 'metrics.jsonl');
    const monitor = curvatureMonitor({ every: 5 });
    const { curvature } = await make().fit(data, { ...run, monitor, logFile: file });
    const logged = linesOf(file).filter(({ event }) => event === 'curvature');
    expect(logged).toMatchObject(JSON.parse(JSON.stringify(curvature)));
    expect(logged).toHaveLength(4);
  });
});

describe('an event file of TensorBoard', () => {
  test('has the options as a text, and the numbers of each epoch by step', async () => {
    const folder = path.join(newFolder(), 'runs', 'first');
    const before = Date.now() / 1000;
    const begun = make().fit(data, { ...run, logDir: folder });
    const { epochs } = await begun;
    const [file, ...others] = filesIn(folder);
    expect(others).toEqual([]);
    const [seconds, rest] = path
      .basename(file!)
      .replace('events.out.tfevents.', '')
      .split(/\.(.*)/);
    expectBetween(Number(seconds), Math.floor(before), Date.now() / 1000);
    expect(seconds).toHaveLength(10);
    expect(rest).toBe(`${os.hostname()}.${process.pid}.${begun.id}`);

    const [version, start, texts, ...scalars] = eventsIn(file!);
    expect(version).toMatchObject({ fileVersion: 'brain.Event:2', step: 0, scalars: {}, texts: {} });
    expect(start).toMatchObject({ isStart: true, step: 1 });
    expect(texts!.step).toBe(0);
    expect(texts!.texts.options).toContain('"learningRate": {\n');
    expect(texts!.texts.options).toMatch(/^```json\n\{\n[\s\S]*\n\}\n```$/);
    expect(texts!.texts.model).toContain('"outputs": 8');
    expect(scalars.map(({ step }) => step)).toEqual([5, 10, 15]);
    for (const [i, { scalars: logged, wallTime }] of scalars.entries()) {
      const { loss, accuracy, learningRate, examplesPerSecond, seconds, validation } = epochs[i]!;
      const expected = {
        epoch: i + 1,
        loss,
        accuracy,
        learningRate,
        examplesPerSecond,
        seconds,
        'validation/loss': validation!.loss,
        'validation/accuracy': validation!.accuracy,
      };
      expect(logged).toEqual(
        Object.fromEntries(Object.entries(expected).map(([tag, value]) => [tag, Math.fround(value!)])),
      );
      expect(wallTime).toBeGreaterThanOrEqual(before);
      expect(wallTime).toBeLessThanOrEqual(Date.now() / 1000);
    }
  });

  test('is a new file for a resumed run, which replaces the lost steps', async () => {
    const [logDir, folder] = [newFolder(), newFolder()];
    await make().fit(data, { ...run, logDir, checkpoint: { folder, everySteps: 1, keep: 99 } });
    const file = fs.readdirSync(folder).sort()[0]!;
    const resumed = await Trainer.resume(path.join(folder, file));
    const from = resumed.steps;
    const [old] = filesIn(logDir);
    await resumed.fit(data, { ...run, logDir });
    const fresh = filesIn(logDir).filter((name) => name !== old);
    expect(fresh).toHaveLength(1);
    const [, start, , ...scalars] = eventsIn(fresh[0]!);
    expect(start).toMatchObject({ isStart: true, step: from + 1 });
    // As TensorBoard shows them: events before the start of the new file, then those of the new file.
    const kept = eventsIn(old!).filter(({ step, scalars }) => 'loss' in scalars && step < from + 1);
    const shown = [...kept, ...scalars];
    expect(shown.map(({ step }) => step)).toEqual([5, 10, 15]);
  });

  test('has steps beyond 2³², and the curvature', async () => {
    const { eventRecord } = await import('../../lib/formats/tensorboard');
    const file = path.join(newFolder(), 'events');
    fs.writeFileSync(file, eventRecord({ time: 1500, step: 2 ** 40 + 1, scalars: { loss: Number.NaN, ü: -1 } }));
    expect(eventsIn(file)).toEqual([
      { wallTime: 1.5, step: 2 ** 40 + 1, scalars: { loss: Number.NaN, ü: -1 }, texts: {} },
    ]);
    const logDir = newFolder();
    const { curvature } = await make().fit(data, { ...run, monitor: curvatureMonitor({ every: 5 }), logDir });
    const logged = eventsIn(filesIn(logDir)[0]!).filter(({ scalars }) => 'curvature/ratio' in scalars);
    expect(logged.map(({ step, scalars }) => [step, scalars['curvature/ratio']])).toEqual(
      curvature!.map(({ step, ratio }) => [step, Math.fround(ratio)]),
    );
  });
});

describe('a log that cannot be written causes one warning, and the run continues to the same bits', () => {
  const undisturbed = make();
  beforeAll(() => undisturbed.fit(data, run));

  const expectWarning = async (options: RunOptions, ...parts: string[]) => {
    const trainer = make();
    await trainer.fit(data, { ...run, ...options });
    expectSameBits(trainer.model.parameters, undisturbed.model.parameters);
    expect(warnings).toMatchObject([{ type: 'GlissadeWarning', code: 'GLISSADE_LOG' }]);
    for (const part of [...parts, 'The run goes on']) expect(warnings[0]!.message).toContain(part);
  };

  test('on a full disk', () => expectWarning({ logFile: '/dev/full' }, '/dev/full', 'no space left on device'));

  test('if a file is where the folder should be', async () => {
    const folder = path.join(newFolder(), 'file');
    fs.writeFileSync(folder, '');
    await expectWarning({ logDir: folder }, folder);
  });

  test('for a pipe without a reader', async () => {
    const pipe = path.join(newFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expectWarning({ logFile: pipe }, pipe);
  });

  test.each(['logDir', 'logFile'] as const)('by %s, after its folder has been removed', async (option) => {
    const folder = path.join(newFolder(), 'logs');
    const place = option === 'logDir' ? folder : path.join(folder, 'metrics.jsonl');
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch === 1) fs.rmSync(folder, { recursive: true });
    };
    await expectWarning({ [option]: place, onEpoch }, folder, 'no such file or directory');
  });

  test('again after a successful write in between; a removed file begins anew', async () => {
    const logDir = path.join(newFolder(), 'logs');
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch % 3 === 1) fs.rmSync(logDir, { recursive: true });
      if (epoch % 3 === 0) fs.mkdirSync(logDir);
    };
    await make().fit(data, { ...run, epochs: 7, logDir, onEpoch });
    // Epochs 2 and 3 find no folder, 4 does, 5 and 6 don't; 7 does.
    expect(warnings).toHaveLength(2);
    expect(fs.existsSync(logDir)).toBe(false); // removed after epoch 7
  });
});

test('a piece that fits on the disk only in part is removed, so all lines and records are complete', () => {
  const folder = newFolder();
  const script = `
    const { adam, Dataset, dense, network } = require('glissade');
    const data = new Dataset({ inputs: [[1], [2], [3]], targets: [1, 2, 3] });
    const model = network({ inputs: 1, layers: [dense(1)] });
    const options = { loss: 'squared', optimizer: adam(), epochs: 30, logDir: process.argv[1], logFile: process.argv[1] + '.jsonl' };
    model.fit(data, options).then(({ status }) => console.log(status));`;
  const place = path.join(folder, 'logs');
  const command = `ulimit -f 3; exec "$0" -e "$1" "$2" 2>&1`; // files of at most 3 kB
  const printed = execFileSync('bash', ['-c', command, process.execPath, script, place], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  expect(printed).toContain('completed');
  // Of each file at least once, and again after a shorter piece has fitted.
  const warned = [...printed.matchAll(/GLISSADE_LOG\] GlissadeWarning: can't log the run in (\S+):/g)].map(
    ([, file]) => file,
  );
  expect(new Set(warned).size).toBe(2);
  expect(warned.length).toBeLessThan(10);
  expect(printed).toContain('file too large');
  const lines = linesOf(`${place}.jsonl`);
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.length).toBeLessThan(30);
  const [file] = filesIn(place);
  expect(eventsIn(file!).length).toBeLessThan(33);
  expect(fs.statSync(file!).size).toBeLessThanOrEqual(3072);
});

test('logging does not change a bit of the parameters', async () => {
  const [plain, logged] = [make(), make()];
  await plain.fit(data, run);
  await logged.fit(data, { ...run, logDir: newFolder(), logFile: path.join(newFolder(), 'a.jsonl') });
  expectSameBits(logged.model.parameters, plain.model.parameters);
});

test('refuses invalid paths and misspelled options', () => {
  for (const option of ['logDir', 'logFile'])
    for (const place of [7, '', null, {}, 'a\0b', new URL('https://example.org/a')])
      expectRefusal(() => make().fit(data, { ...run, [option]: place as string }), 'ERR_INVALID_ARGUMENT', option);
  expectRefusal(() => make().fit(data, { logdir: 'a' } as never), 'ERR_INVALID_ARGUMENT', '"logDir"');
});
