import fs from 'node:fs';
import path from 'node:path';
import { dense } from '../../lib/layers/dense';
import { adamw } from '../../lib/optimizers/adamw';
import { ema } from '../../lib/optimizers/average';
import { lookahead } from '../../lib/optimizers/lookahead';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sam } from '../../lib/optimizers/sam';
import { sgd } from '../../lib/optimizers/sgd';
import { custom as customSchedule } from '../../lib/schedules/custom';
import { join as joinSchedule } from '../../lib/schedules/join';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { scale as scaleSchedule } from '../../lib/schedules/scale';
import { from as fromSchedule } from '../../lib/schedules/schedule';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { folders } from '../support/folders';
import { expectRefusal, expectRejection } from '../support/refusals';

const newFolder = folders();
const { data } = task(60, 3, 3, 'crossEntropy', 'classes');
const make = () => network({ inputs: 3, layers: [dense(8), dense(3)], seed: 1 });
const falling = (step: number) => 0.1 / (1 + step / 7);

describe('a function of the step', () => {
  test('is a schedule with its values', () => {
    const schedule = customSchedule(falling);
    expect([0, 1, 9].map(schedule)).toEqual([0, 1, 9].map(falling));
    expect([...schedule.tabulate(3, 4)]).toEqual([3, 4, 5, 6].map(falling));
    expect(JSON.stringify(schedule)).toBe('{"name":"custom"}');
  });

  test.each<[string, (at: (step: number) => number) => Partial<TrainerOptions>]>([
    ['the learning rate', (at) => ({ optimizer: sgd({ learningRate: at }) })],
    ['weight decay', (at) => ({ optimizer: adamw({ weightDecay: at }) })],
    ['one of a group', (at) => ({ groups: [{ tensors: ['layers.0.weight'], learningRate: at }] })],
    ['a rule by description', (at) => ({ optimizer: { name: 'sgd', learningRate: at } })],
    ['clipping', (at) => ({ clip: { norm: at } })],
    ['the radius of sam', (at) => ({ optimizer: sam(sgd({ learningRate: 0.1 }), { radius: at }) })],
    ['a rule within lookahead', (at) => ({ optimizer: lookahead(sgd({ learningRate: at }), {}) })],
    ['a part of a schedule', (at) => ({ optimizer: sgd({ learningRate: scaleSchedule({ schedule: at, by: 0.5 }) }) })],
    [
      'a part of a list',
      (at) => ({
        optimizer: sgd({ learningRate: joinSchedule({ schedules: [0.05, at], boundaries: [5] }) }),
      }),
    ],
  ])('gives the bits of a named schedule, as %s', async (_, optionsOf) => {
    const values = Array.from({ length: 40 }, (_, step) => falling(step));
    const named = piecewiseSchedule({ boundaries: values.slice(1).map((_, i) => i + 1), values });
    const trained = async (at: (step: number) => number) => {
      const model = make();
      const options = { loss: 'crossEntropy', optimizer: sgd({ learningRate: 0.1 }), ...optionsOf(at) } as const;
      await new Trainer(model, options).fit(data, { batchSize: 8, epochs: 4 });
      return model.parameters;
    };
    const constant = await trained(() => 0.1);
    const ours = await trained(falling);
    expectSameBits(ours, await trained(named));
    expect(ours).not.toEqual(constant);
  });

  test('works in an Optimizer', () => {
    const theta = Float64Array.of(1);
    const optimizer = new Optimizer([theta], sgd({ learningRate: (step) => (step < 2 ? 0.5 : 0) }));
    for (let i = 0; i < 4; ++i) optimizer.step([Float64Array.of(1)]);
    expect(theta[0]).toBe(0);
  });

  test.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['"0.1"', '0.1'],
    ['undefined', undefined],
  ])('is refused if it returns %s, with the step', (shown, value) => {
    const at = (step: number) => (step === 3 ? (value as number) : 0.1);
    const options = { loss: 'crossEntropy', optimizer: sgd({ learningRate: at }) } as const;
    expectRefusal(() => make().fit(data, { ...options, batchSize: 8 }), 'ERR_OUT_OF_RANGE', shown, 'step 3');
    const trainer = new Trainer(make(), options);
    for (let i = 0; i < 3; ++i) trainer.step([1, 2, 3], [1]);
    const before = trainer.model.parameters.slice();
    expectRefusal(() => trainer.step([1, 2, 3], [1]), 'ERR_OUT_OF_RANGE', shown, 'step 3');
    expectSameBits(trainer.model.parameters, before);
    expect(trainer.steps).toBe(3);
  });

  test('is refused if it leaves the range of its option, with the step and the option', () => {
    const options = { loss: 'crossEntropy', optimizer: sgd({ learningRate: (step) => 0.1 - 0.02 * step }) } as const;
    expectRefusal(
      () => make().fit(data, { ...options, batchSize: 8 }),
      'ERR_OUT_OF_RANGE',
      'sgd.learningRate',
      'at step 6',
    );
  });

  test('ends the run with its error if it throws at a late step', async () => {
    const learningRate = (step: number) => {
      if (step === 5000) throw new Error('no more');
      return 0.01;
    };
    const run = make().fit(data, { loss: 'crossEntropy', optimizer: sgd({ learningRate }), batchSize: 1, epochs: 100 });
    await expect(run).rejects.toThrow('no more');
  });

  test('cannot be read from JSON', () => {
    expectRefusal(() => fromSchedule({ name: 'custom' }), 'ERR_INVALID_ARGUMENT', 'function', 'again');
    expectRefusal(() => customSchedule(0.1 as never), 'ERR_INVALID_ARGUMENT', 'function', '0.1');
  });
});

describe('a trainer with functions of the step', () => {
  const options: TrainerOptions = {
    loss: 'crossEntropy',
    optimizer: sgd({ learningRate: joinSchedule({ schedules: [falling, 0.03], boundaries: [9] }), momentum: 0.9 }),
    groups: [{ tensors: ['layers.1.weight'], weightDecay: (step: number) => 0.01 * step }],
    average: ema({ decay: 0.9 }),
    seed: 2,
  };
  const given = {
    'optimizer.learningRate.schedules.0': falling,
    'groups.0.weightDecay': (step: number) => 0.01 * step,
  };

  test('is saved, and resumes to the same bits with the functions given again', async () => {
    const trainer = new Trainer(make(), options);
    await trainer.fit(data, { batchSize: 8 });
    const resumed = await Trainer.resume(trainer.toBytes(), { schedules: given });
    for (const each of [trainer, resumed]) await each.fit(data, { batchSize: 8, epochs: 2 });
    expectSameBits(resumed.model.parameters, trainer.model.parameters);
    expectSameBits(resumed.toBytes(), trainer.toBytes());
  });

  test('resumes from a checkpoint', async () => {
    const folder = newFolder();
    const whole = new Trainer(make(), options);
    const run = { batchSize: 8, epochs: 3 };
    await whole.fit(data, { ...run, checkpoint: { folder, everySteps: 1, keep: 1000 } });
    const [file] = fs.readdirSync(folder).sort();
    const resumed = await Trainer.resume(path.join(folder, file!), { schedules: given });
    await resumed.fit(data, run);
    expectSameBits(resumed.model.parameters, whole.model.parameters);
  });

  test('is not resumed without them, or with others', async () => {
    const bytes = new Trainer(make(), options).toBytes();
    await expectRejection(
      Trainer.resume(bytes),
      'ERR_INVALID_ARGUMENT',
      'optimizer.learningRate.schedules.0',
      "a file can't contain",
      'Trainer.resume(from, { schedules',
    );
    const { 'groups.0.weightDecay': _, ...some } = given;
    await expectRejection(Trainer.resume(bytes, { schedules: some }), 'ERR_INVALID_ARGUMENT', 'groups.0.weightDecay');
    await expectRejection(
      Trainer.resume(bytes, { schedules: { ...given, 'optimizer.momentum': falling } }),
      'ERR_INVALID_ARGUMENT',
      '"optimizer.momentum"',
    );
    for (const schedules of [3, null, { ...given, 'groups.0.weightDecay': 3 }])
      await expectRejection(
        Trainer.resume(bytes, { schedules: schedules as never }),
        'ERR_INVALID_ARGUMENT',
        'schedules',
      );
    const plain = new Trainer(make(), { loss: 'crossEntropy', optimizer: sgd() }).toBytes();
    await expectRejection(Trainer.resume(plain, { schedules: given }), 'ERR_INVALID_ARGUMENT', 'schedules');
  });
});
