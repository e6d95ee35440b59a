import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { oneCycle } from '../../lib/schedules/one_cycle';
import { polynomial } from '../../lib/schedules/polynomial';
import { scale as scaleSchedule } from '../../lib/schedules/scale';
import { from as fromSchedule, type Schedule } from '../../lib/schedules/schedule';
import { warmupStableDecay } from '../../lib/schedules/warmup_stable_decay';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const { data } = task(80, 5, 3, 'crossEntropy', 'classes');
const make = () => network({ inputs: 5, layers: [dense(3)], seed: 1 });
const options = { loss: 'crossEntropy', batchSize: 8, epochs: 5 } as const; // 10 steps per epoch

async function trained(learningRate: Schedule, changes: object = {}) {
  const model = make();
  const history = await model.fit(data, { ...options, optimizer: adam({ learningRate }), ...changes });
  return { parameters: model.parameters, rates: history.epochs.map(({ learningRate }) => learningRate) };
}

describe('an open schedule', () => {
  test.each<[string, Schedule, Schedule]>([
    ['cosine', cosine({ from: 0.1 }), cosine({ from: 0.1, steps: 50 })],
    ['linear', linearSchedule({ from: 0.1, to: 0.01 }), linearSchedule({ from: 0.1, to: 0.01, steps: 50 })],
    ['polynomial', polynomial({ from: 0.1, power: 2 }), polynomial({ from: 0.1, power: 2, steps: 50 })],
    ['oneCycle', oneCycle({ peak: 0.1 }), oneCycle({ peak: 0.1, steps: 50 })],
    ['epochs', cosine({ from: 0.1, steps: { epochs: 2 } }), cosine({ from: 0.1, steps: 20 })],
    [
      'half an epoch of warm-up',
      cosine({ from: 0.1, warmup: { epochs: 0.5 } }),
      cosine({ from: 0.1, steps: 50, warmup: 5 }),
    ],
    [
      'a share of warm-up',
      linearSchedule({ from: 0.1, to: 0, warmup: 0.2 }),
      linearSchedule({ from: 0.1, to: 0, steps: 50, warmup: 10 }),
    ],
    [
      'parts of others',
      scaleSchedule({ schedule: cosine({ from: 1 }), by: 0.1 }),
      scaleSchedule({ schedule: cosine({ from: 1, steps: 50 }), by: 0.1 }),
    ],
  ])('(%s) spans the steps of the run, also as JSON', async (_, open, closed) => {
    const expected = await trained(closed);
    for (const schedule of [open, fromSchedule(JSON.parse(JSON.stringify(open)))]) {
      const actual = await trained(schedule);
      expectSameBits(actual.parameters, expected.parameters);
      expect(actual.rates).toEqual(expected.rates);
    }
    expect(new Set(expected.rates).size).toBeGreaterThan(1);
  });

  test('spans the steps of the run, with accumulation and any number of rows', async () => {
    const { rates } = await trained(linearSchedule({ from: 1, to: 0 }), { accumulate: 4, epochs: 2 });
    expect(rates).toEqual([1 - 2 / 6, 1 - 5 / 6]);
  });

  test('starts anew with each run of a trainer, and stays at its end afterwards', async () => {
    const trainer = new Trainer(make(), {
      loss: 'crossEntropy',
      optimizer: sgd({ learningRate: linearSchedule({ from: 1, to: 0.1 }) }),
    });
    const rates = async (epochs: number) =>
      (await trainer.fit(data, { batchSize: 8, epochs })).epochs.map(({ learningRate }) => learningRate);
    expect(await rates(2)).toEqual([1 - 0.9 * (9 / 20), 1 - 0.9 * (19 / 20)].map((x) => expect.closeTo(x, 12)));
    expect(trainer.learningRate).toBeCloseTo(0.1, 12);
    expect(await rates(1)).toEqual([expect.closeTo(1 - 0.9 * (9 / 10), 12)]);
    expect(trainer.step([1, 2, 3, 4, 5], [0]).steps).toBe(31);
  });

  test('has no values without a run', () => {
    const open = cosine({ from: 0.1 });
    expectRefusal(() => open(3), 'ERR_INVALID_ARGUMENT', 'schedules.cosine', 'give a number of steps');
    expectRefusal(() => open.tabulate(0, 3), 'ERR_INVALID_ARGUMENT', 'schedules.cosine');
    const optimizer = () => new Optimizer([new Float32Array(3)], adam({ learningRate: open }));
    expectRefusal(optimizer, 'ERR_INVALID_ARGUMENT', 'for an Optimizer give it a number of steps');
    const trainer = new Trainer(make(), { loss: 'crossEntropy', optimizer: adam({ learningRate: open }) });
    expectRefusal(() => trainer.step([1, 2, 3, 4, 5], [0]), 'ERR_INVALID_ARGUMENT', 'for runs of fit()');
  });

  test('checks its options', () => {
    const bad = (given: object) => () => cosine({ from: 1, ...given } as never);
    expectRefusal(bad({ steps: { epoch: 3 } }), 'ERR_INVALID_ARGUMENT', '"epoch"', '"epochs"');
    expectRefusal(bad({ steps: { epochs: 0 } }), 'ERR_OUT_OF_RANGE', 'steps.epochs');
    expectRefusal(bad({ steps: 0 }), 'ERR_OUT_OF_RANGE', 'steps');
    expectRefusal(bad({ warmup: -0.1 }), 'ERR_OUT_OF_RANGE', 'warmup');
    expectRefusal(bad({ warmup: 1.5 }), 'ERR_OUT_OF_RANGE', 'warmup');
    expectRefusal(bad({ warmup: 10, steps: 10 }), 'ERR_OUT_OF_RANGE', 'fewer than the 10 steps');
  });
});

test('a warm-up rises in a straight line and reaches `from` where the decay begins', () => {
  const schedule = linearSchedule({ from: 1, to: 0, steps: 10, warmup: 4 });
  expect(range(11).map((i) => schedule(i))).toEqual(
    [1, 2, 3, 4, 5, 5 - 5 / 6, 5 - 10 / 6, 2.5, 5 - 20 / 6, 5 - 25 / 6, 0].map((x) => expect.closeTo(x / 5, 12)),
  );
});

describe('a schedule that ends before the run', () => {
  const warningsOf = async (learningRate: Schedule) => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await trained(learningRate);
    const calls = warned.mock.calls.map(([message]) => String(message));
    warned.mockRestore();
    return calls;
  };

  test('and almost reaches zero causes one warning', async () => {
    const warnings = await warningsOf(cosine({ from: 0.1, steps: 12 }));
    expect(warnings).toEqual([expect.stringContaining('schedules.cosine has fallen to 0 at step 12, in epoch 2 of 5')]);
    expect(warnings[0]).toContain('Leave out its steps');
  });

  test('and cannot be left open causes the advice to give more steps', async () => {
    const schedule = warmupStableDecay({ peak: 0.1, warmup: 2, stable: 2, decay: 8 });
    expect(await warningsOf(schedule)).toEqual([
      expect.stringMatching(/warmupStableDecay has fallen .* as many steps/),
    ]);
  });

  test.each([
    ['spans the run', cosine({ from: 0.1, steps: 50 })],
    ['is open', cosine({ from: 0.1 })],
    ['is a warm-up', linearSchedule({ from: 0, to: 0.1, steps: 10 })],
    ['ends well above nothing', linearSchedule({ from: 0.1, to: 0.02, steps: 10 })],
    ['rises again', cosine({ from: 0.1, steps: 5, periodic: true })],
  ])('causes no warning if it %s', async (_, schedule) => {
    expect(await warningsOf(schedule)).toEqual([]);
  });
});
