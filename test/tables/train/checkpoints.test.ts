import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import path from 'node:path';
import '../../../lib/optimizers/lion';
import '../../../lib/optimizers/sgd';
import { Dataset } from '../../../lib/data/dataset';
import { dense } from '../../../lib/layers/dense';
import { adamw } from '../../../lib/optimizers/adamw';
import { table } from '../../../lib/tables/open';
import type { Table } from '../../../lib/tables/table';
import { fitCandidate, type Recipe } from '../../../lib/tables/train/fit_candidate';
import { type TrainOptions, train } from '../../../lib/tables/train/train';
import { expectSameBits } from '../../support/bits';
import { folders } from '../../support/folders';
import { people } from '../../support/people';

const newFolder = folders();
const rows = people(300, 3).map(({ id: _, price, ...person }) => ({ ...person, price: Math.abs(price - 100) }));
const small: TrainOptions = { target: 'price', hidden: [16], epochs: 12, learningRate: 0.02 };
let data: Table;
let epochs: number;
const count = () => void ++epochs;
beforeAll(async () => {
  data = await table(rows);
  subscribe('glissade:run:epoch', count);
});
afterAll(() => unsubscribe('glissade:run:epoch', count));
beforeEach(() => {
  epochs = 0;
});

/** Trains until the share is done, or until `end` throws. */
async function partOf(share: number, checkpoints: string, end: 'signal' | 'stop') {
  const ending = new AbortController();
  return train(data, {
    ...small,
    checkpoints,
    [end]: ending.signal,
    onProgress: (_, done) => {
      if (done > share) ending.abort(new Error('enough'));
    },
  });
}

test.each([0.2, 0.5, 0.9])(
  'a training that was aborted at %d resumes to the same bits, and removes its folder',
  async (share) => {
    const undisturbed = await train(data, small);
    const all = epochs;
    const folder = path.join(newFolder(), 'kept');
    await expect(partOf(share, folder, 'signal')).rejects.toThrow('enough');
    expect(fs.readdirSync(folder)).toContain('training.json');
    epochs = 0;
    const resumed = await train(data, { ...small, checkpoints: folder });
    expect(epochs).toBeLessThan(all * (1 - share) + 2 * 12);
    expectSameBits(resumed.model.network.parameters, undisturbed.model.network.parameters);
    const { seconds: _, examplesPerSecond: __, ...report } = resumed.report;
    expect(undisturbed.report).toMatchObject(report);
    expect(fs.existsSync(folder)).toBe(false);
  },
);

test.each(['signal', 'stop'])(
  'a fit that was aborted by %s resumes in the middle, from its last checkpoint',
  async (end) => {
    const inputs = Array.from({ length: 4000 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
    using examples = new Dataset({ inputs, targets: inputs.map(([x, y]) => x! * y!) });
    const recipe: Recipe = {
      layers: [dense(16, { activation: 'tanh' }), dense(1)],
      optimizer: adamw(),
      batchSize: 8,
      loss: 'squared',
      seed: 1,
      epochs: 20,
    };
    const undisturbed = await fitCandidate(recipe, examples, examples, {});
    const checkpoint = { folder: newFolder(), everySeconds: 0.01 };
    const ending = new AbortController();
    const onEpoch = (epoch: number) => {
      if (epoch === 10) ending.abort(new Error('enough'));
    };
    const cut = fitCandidate(recipe, examples, examples, { checkpoint, [end]: ending.signal, onEpoch });
    if (end === 'signal') await expect(cut).rejects.toThrow('enough');
    else expect((await cut).history.length).toBeLessThan(20);
    const seen: number[] = [];
    const resumed = await fitCandidate(recipe, examples, examples, {
      checkpoint,
      onEpoch: (epoch) => seen.push(epoch),
    });
    expect(seen[0]).toBeGreaterThan(2);
    expect(seen.at(-1)).toBe(20);
    expectSameBits(resumed.model.parameters, undisturbed.model.parameters);
    expect(resumed.history).toEqual(undisturbed.history);
  },
);

test('a stopped training returns a model, and resumes to the same bits', async () => {
  const undisturbed = await train(data, small);
  const folder = path.join(newFolder(), 'kept');
  const stopped = await partOf(0.4, folder, 'stop');
  expect(stopped.report.stopped).toBe(true);
  expect(fs.existsSync(folder)).toBe(true);
  const resumed = await train(data, { ...small, checkpoints: folder });
  expect(resumed.report.stopped).toBe(false);
  expect(resumed.report.scores).toEqual(undisturbed.report.scores);
  expectSameBits(resumed.model.network.parameters, undisturbed.model.network.parameters);
});

test('the folder of another training, or with other files, is refused and stays', async () => {
  const folder = path.join(newFolder(), 'kept');
  await partOf(0.2, folder, 'stop');
  const refused = (options: Partial<TrainOptions>, from = data) =>
    expect(train(from, { ...small, checkpoints: folder, ...options })).rejects;
  await refused({ learningRate: 0.5 }).toThrow('began with learningRate 0.02, but this one has 0.5');
  await refused({ target: 'income' }).toThrow('began with target "price", but this one has "income"');
  await refused({ validation: 0.5 }).toThrow('began with validation not given, but this one has 0.5');
  await refused({}, await table(rows.map((row) => ({ ...row, price: row.price ** 2 })))).toThrow('data');
  await refused({ checkpoints: __dirname }).toMatchObject({
    code: 'ERR_FILE',
    message: expect.stringContaining('has files'),
  });
  await refused({ checkpoints: 3 as never }).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  fs.writeFileSync(path.join(folder, 'notes.txt'), 'mine');
  await train(data, { ...small, checkpoints: folder });
  expect(fs.readdirSync(folder)).toEqual(['notes.txt']);
});

test('options of the network do not affect the linear baseline', async () => {
  const usual = (await train(data, small)).report.scores;
  const options = { rule: 'lion', learningRate: 3e-4, weightDecay: 0.3, batchSize: 16 };
  const seen = [usual.network];
  for (const [name, value] of Object.entries(options)) {
    const { scores } = (await train(data, { ...small, ...(name === 'rule' ? {} : { rule: 'adamw' }), [name]: value }))
      .report;
    expect(scores.linear).toEqual(usual.linear);
    for (const before of seen) expect(scores.network).not.toEqual(before);
    seen.push(scores.network);
  }
});

test('options apply to a linear model without a network', async () => {
  const { report } = await train(data, {
    target: 'price',
    hidden: [],
    rule: 'sgd',
    learningRate: 0.02,
    weightDecay: 0.001,
    epochs: 5,
  });
  expect(report).toMatchObject({ chosen: 'linear', rule: 'sgd', learningRate: 0.02, weightDecay: 0.001 });
});

test('each training has an event file, and all write to one log file', async () => {
  const folder = newFolder();
  const logFile = path.join(folder, 'metrics.jsonl');
  const logDir = path.join(folder, 'logs');
  await train(data, { ...small, epochs: 2, validation: 0.2, logDir, logFile });
  expect(fs.readdirSync(logDir).sort()).toEqual(['network-1']);
  for (const one of fs.readdirSync(logDir)) expect(fs.readdirSync(path.join(logDir, one))).toHaveLength(1);
  const events = fs
    .readFileSync(logFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);
  expect(events).toEqual(['start', 'epoch', 'epoch', 'end']);
  await train(data, { ...small, hidden: [], epochs: 2, validation: 0.2, logDir, logFile });
  expect(fs.readdirSync(logDir).sort()).toEqual(['linear-1', 'network-1']);
});
