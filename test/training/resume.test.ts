import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits, sameBits } from '../support/bits';
import { task } from '../support/examples';
import { expectRefusal, expectRejection } from '../support/refusals';
import { told, trainings } from '../support/resumable';

const { data } = task(40, 3, 3, 'crossEntropy', 'classes');
const make = () =>
  new Trainer(network({ inputs: 3, layers: [dense(3)], seed: 1 }), {
    loss: 'crossEntropy',
    optimizer: adam(),
    seed: 2,
  });

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe.each(Object.entries(trainings))('a trainer with %s', (_, { model, options, data, run }) => {
  test('continues with the same bits after a run, and saves the same bytes again', async () => {
    const original = new Trainer(model(), options());
    await original.fit(data, run);
    const bytes = original.toBytes();
    const resumed = await Trainer.resume(bytes);
    expect(resumed.interrupted).toBeUndefined();
    expect(resumed.steps).toBe(original.steps);
    expect(resumed.skipped).toBe(original.skipped);
    expect(resumed.learningRate).toBe(original.learningRate);
    expect(JSON.stringify(resumed.model)).toBe(JSON.stringify(original.model));
    expectSameBits(resumed.model.parameters, original.model.parameters, 'parameters');
    expectSameBits(resumed.toBytes(), bytes, 'bytes');
    expect(told(await resumed.fit(data, run))).toEqual(told(await original.fit(data, run)));
    expectSameBits(resumed.model.parameters, original.model.parameters, 'parameters after another run');
    expectSameBits(resumed.toBytes(), original.toBytes(), 'bytes after another run');
  });
});

describe('saving a trainer', () => {
  const x = [0.1, -0.2, 0.3];

  test('before its first step', async () => {
    const original = make();
    const resumed = await Trainer.resume(original.toBytes());
    expect(resumed.step(x, [1])).toEqual(original.step(x, [1]));
    expectSameBits(resumed.model.parameters, original.model.parameters);
  });

  test('between the minibatches of a step', async () => {
    const options = { loss: 'crossEntropy', optimizer: adam(), accumulate: 3 } as const;
    const original = new Trainer(network({ inputs: 3, layers: [dense(3)], seed: 1 }), options);
    for (const target of [1, 2, 0, 1]) original.step(x, [target]);
    const resumed = await Trainer.resume(original.toBytes());
    for (const target of [2, 1]) expect(resumed.step(x, [target])).toEqual(original.step(x, [target]));
    expect(resumed.steps).toBe(2);
    expectSameBits(resumed.model.parameters, original.model.parameters);
  });

  test('after the caller has overwritten its parameters', async () => {
    const { model, options, data, run } = trainings['a schedule-free rule']!;
    const original = new Trainer(model(), options());
    await original.fit(data, run);
    original.model.parameters.fill(0.25);
    const resumed = await Trainer.resume(original.toBytes());
    expectSameBits(resumed.model.parameters, original.model.parameters);
    await Promise.all([resumed, original].map((trainer) => trainer.fit(data, run)));
    expectSameBits(resumed.model.parameters, original.model.parameters);
  });

  test('does not change the trainer', async () => {
    const [saved, other] = [make(), make()];
    for (const trainer of [saved, other]) trainer.step(x, [1]);
    saved.toBytes();
    for (const trainer of [saved, other]) trainer.step(x, [2]);
    expectSameBits(saved.model.parameters, other.model.parameters);
  });

  test('writes the state at the time of the call to a file', async () => {
    const trainer = make();
    trainer.step(x, [1]);
    const bytes = trainer.toBytes();
    const file = path.join(folder, 'trainer.safetensors');
    const saved = trainer.save(file);
    trainer.step(x, [2]);
    await saved;
    expectSameBits(fs.readFileSync(file), bytes);
    expect((await Trainer.resume(file)).steps).toBe(1);
    await expectRejection(trainer.save(path.join(folder, 'none/file')), 'ERR_FILE', 'no such file or directory');
    await expectRejection(trainer.save(7 as never), 'ERR_INVALID_ARGUMENT', 'path');
  });

  test('during a run is refused', async () => {
    const trainer = make();
    const run = trainer.fit(data, { epochs: 100 });
    expectRefusal(() => trainer.toBytes(), 'ERR_BUSY', 'run');
    run.stop();
    await run;
    trainer.toBytes();
  });
});

describe('resuming', () => {
  test('refuses files with any changed byte, and truncated files', async () => {
    const trainer = make();
    trainer.step([1, 2, 3], [1]);
    const bytes = trainer.toBytes();
    const accepted: number[] = [];
    const codes = new Set<string>();
    const attempt = async (given: Uint8Array, at: number) => {
      try {
        await Trainer.resume(given);
        accepted.push(at);
      } catch (error) {
        codes.add((error as { code: string }).code);
      }
    };
    for (let i = 0; i < bytes.length; ++i) {
      const other = bytes.slice();
      other[i]! ^= 1 << (i % 8);
      await attempt(other, i);
    }
    for (let length = 0; length < bytes.length; length += 7) await attempt(bytes.slice(0, length), length);
    expect({ accepted, codes: [...codes] }).toEqual({ accepted: [], codes: ['ERR_CORRUPT_FILE'] });
  });

  test('refuses files of other kinds and versions, and invalid files', async () => {
    const trainer = make();
    await expectRejection(
      Trainer.resume(trainer.model.toBytes()),
      'ERR_CORRUPT_FILE',
      'the file does not contain a trainer',
    );
    await expectRejection(
      Trainer.resume(path.join(folder, 'none')),
      'ERR_FILE',
      `can't read ${path.join(folder, 'none')}: no such file or directory`,
    );
    await expectRejection(Trainer.resume(5 as never), 'ERR_INVALID_ARGUMENT', 'from');
    await expectRejection(Trainer.resume(new Float32Array(9) as never), 'ERR_INVALID_ARGUMENT', 'from');
    const empty = fs.mkdtempSync(path.join(folder, 'empty-'));
    await expectRejection(Trainer.resume(empty), 'ERR_FILE', 'there is no whole checkpoint in');
  });
});

test('files of trainers differ exactly if the trainers do', () => {
  const [a, b] = [make(), make()];
  expect(sameBits(a.toBytes(), b.toBytes())).toBe(true);
  a.step([1, 2, 3], [1]);
  expect(sameBits(a.toBytes(), b.toBytes())).toBe(false);
});
