import { setTimeout } from 'node:timers/promises';
import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { adam } from '../../lib/optimizers/adam';
import { ema } from '../../lib/optimizers/average';
import { momentum } from '../../lib/optimizers/momentum';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import type { EpochReport } from '../../lib/training/history';
import { type FitOptions, type Network, network } from '../../lib/training/network';
import type { Run } from '../../lib/training/run';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectRefusal } from '../support/refusals';

const { data } = task(60, 5, 3, 'crossEntropy', 'classes');
const { data: held } = task(40, 5, 3, 'crossEntropy', 'classes');
const coded = (rows: number) =>
  new Dataset({
    inputs: categories({ values: range(rows).map((i) => [(i * i * 7) % 40]), cardinalities: [40] }),
    targets: range(rows).map((i) => i % 3),
  });
const [words, heldWords] = [coded(60), coded(40)];

const epochs = 12;
const options: FitOptions = {
  loss: 'crossEntropy',
  optimizer: adam({ learningRate: 0.05 }),
  batchSize: 8,
  epochs,
  validation: held,
};
const make = () => network({ inputs: 5, layers: [dense(16, { activation: 'relu' }), dense(3)], seed: 1 });
const kinds: [name: string, make: () => Network, data: Dataset, options: Partial<FitOptions>][] = [
  ['adam', make, data, {}],
  [
    'an average and a schedule',
    make,
    data,
    {
      average: ema({ decay: 0.9 }),
      optimizer: adam({ learningRate: linearSchedule({ from: 0.05, to: 0, steps: 60 }) }),
    },
  ],
  ['a schedule-free rule', make, data, { optimizer: scheduleFree({ learningRate: 0.05 }) }],
  [
    'rows that lag',
    () => network({ inputs: words, layers: [embedding({ dimensions: 4 }), dense(3)], seed: 1 }),
    words,
    { optimizer: momentum({ learningRate: 0.5 }), validation: heldWords },
  ],
];

describe.each(kinds)('with %s', (_, make, data, own) => {
  const given = { ...options, ...own };

  /** The evaluation parameters after each epoch, from runs that do not wait. */
  const afterEach = () =>
    Promise.all(
      range(epochs).map(async (i) => {
        const model = make();
        await model.fit(data, { ...given, epochs: i + 1 });
        return model.parameters;
      }),
    );

  test.each([0, 1, 5])('the body of a loop sees the parameters of its epoch, awaiting %i ms', async (wait) => {
    const model = make();
    const expected = await afterEach();
    const run = model.fit(data, given);
    for await (const { epoch, validation } of run) {
      await setTimeout(wait);
      expectSameBits(model.parameters, expected[epoch - 1]!, `epoch ${epoch}`);
      expect(model.evaluate(given.validation!, { loss: 'crossEntropy' }).loss).toBe(validation!.loss);
    }
    expect((await run).status).toBe('completed');
    expectSameBits(model.parameters, expected.at(-1)!);
  });

  test.each([0, 1, 5])('a loop that keeps the best and stops has the best, awaiting %i ms', async (wait) => {
    const model = make();
    let best: { loss: number; epoch: number; parameters: Float32Array } | undefined;
    const run = model.fit(data, given);
    for await (const { epoch, validation } of run) {
      await setTimeout(wait);
      if (!best || validation!.loss < best.loss)
        best = { loss: validation!.loss, epoch, parameters: model.parameters.slice() as Float32Array };
      else if (epoch - best.epoch >= 2) {
        run.stop();
        break;
      }
    }
    const history = await run;
    expect(history.epochs).toHaveLength(Math.min(epochs, best!.epoch + 2));
    expect(history.steps).toBe(8 * history.epochs.length);
    const expected = await afterEach();
    expectSameBits(best!.parameters, expected[best!.epoch - 1]!);
    expectSameBits(model.parameters, expected[history.epochs.length - 1]!);
  });

  test('onEpoch sees the parameters of its epoch until its promise settles', async () => {
    const model = make();
    const expected = await afterEach();
    let ended = 0;
    const history = await model.fit(data, {
      ...given,
      onEpoch: async ({ epoch }) => {
        await setTimeout(epoch % 3);
        expectSameBits(model.parameters, expected[epoch - 1]!, `epoch ${epoch}`);
        ended = epoch;
      },
    });
    expect(ended).toBe(epochs);
    expect(history.epochs).toHaveLength(epochs);
    expectSameBits(model.parameters, expected.at(-1)!);
  });

  test('training continues from what the body writes', async () => {
    const { epochs: _, validation, batchSize, ...rest } = given;
    const [model, other] = [make(), make()];
    for await (const { epoch } of model.fit(data, given)) if (epoch === 3) model.parameters.fill(0.01);
    const trainer = new Trainer(other, rest);
    await trainer.fit(data, { validation, batchSize, epochs: 3 });
    other.parameters.fill(0.01);
    await trainer.fit(data, { validation, batchSize, epochs: epochs - 3 });
    expectSameBits(model.parameters, other.parameters);
  });
});

/** The number of epochs that have ended shortly after the first one. */
async function settled(run: Run): Promise<number> {
  await reached(run, 8);
  await setTimeout(30);
  return Math.floor(run.progress.steps / 8);
}

describe('a loop', () => {
  test('lets the run continue after a break', async () => {
    const run = make().fit(data, options);
    for await (const { epoch } of run) if (epoch === 2) break;
    expect(await run).toMatchObject({ status: 'completed', steps: 8 * epochs });
  });

  test('lets the run continue after it throws', async () => {
    const run = make().fit(data, options);
    await expect(
      (async () => {
        for await (const _ of run) throw new Error('mine');
      })(),
    ).rejects.toThrow('mine');
    expect(await run).toMatchObject({ status: 'completed', steps: 8 * epochs });
  });

  test('makes the run wait for the slower of two', async () => {
    const model = make();
    const run = model.fit(data, options);
    const seen: number[] = [];
    const slow = (async () => {
      for await (const { epoch } of run) {
        await setTimeout(3);
        seen.push(epoch);
        expect(run.progress.steps).toBe(8 * epoch);
      }
    })();
    for await (const { epoch } of run) expect(epoch - (seen.at(-1) ?? 0)).toBeLessThanOrEqual(1);
    await slow;
    expect(seen).toHaveLength(epochs);
  });

  test('that begins late makes the run wait from the next epoch on', async () => {
    const run = make().fit(data, { ...options, epochs: 1e6 });
    await reached(run, 100);
    let now = 0;
    try {
      for await (const { epoch } of run) {
        if (epoch * 8 < run.progress.steps || ++now === 1) continue; // the first of these may have ended before the loop
        await setTimeout(2);
        expect(run.progress.steps).toBe(8 * epoch);
        if (now === 4) break;
      }
    } finally {
      run.stop();
    }
    expect((await run).status).toBe('stopped');
  });

  test('with a body that never ends is ended by stop and by a signal', async () => {
    const controller = new AbortController();
    for (const end of ['stop', 'abort']) {
      const run = make().fit(data, { ...options, signal: controller.signal });
      void (async () => {
        for await (const _ of run) await new Promise(() => {});
      })();
      expect(await settled(run)).toBe(1);
      if (end === 'stop') run.stop();
      else controller.abort('enough');
      if (end === 'stop') expect(await run).toMatchObject({ status: 'stopped', steps: 8 });
      else await expect(run).rejects.toBe('enough');
    }
  });

  test('with a body that awaits an earlier promise of the run causes a warning after ten seconds', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
    try {
      const turn = async (isOver: () => boolean) => {
        while (!isOver()) await new Promise((resolve) => setImmediate(resolve));
      };
      for (const isAwaited of [false, true]) {
        const run = make().fit(data, options);
        const done = isAwaited ? run.then(() => {}) : new Promise<void>(() => {});
        let epochs = 0;
        void (async () => {
          for await (const _ of run) if (++epochs > 1) await done;
        })();
        await turn(() => epochs > 1);
        jest.advanceTimersByTime(9_999);
        expect(warned).not.toHaveBeenCalled();
        jest.advanceTimersByTime(1);
        expect(warned.mock.calls.map(([, told]) => (told as unknown as { code: string }).code)).toEqual(
          isAwaited ? ['GLISSADE_EPOCH_WAIT'] : [],
        );
        run.stop();
        await turn(() => run.progress.steps === 16);
        await run;
      }
    } finally {
      jest.useRealTimers();
      warned.mockRestore();
    }
  });

  test('with a body that awaits the run lets it continue, and warns once', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const run = make().fit(data, options);
    for await (const { epoch } of run) if (epoch >= 2) expect((await run).steps).toBe(8 * epochs);
    expect(warned.mock.calls).toEqual([
      [expect.stringContaining('call run.stop()'), expect.objectContaining({ code: 'GLISSADE_EPOCH_PASSED' })],
    ]);
    warned.mockRestore();
  });

  test('makes the run wait although the run was awaited before', async () => {
    const run = make().fit(data, options);
    const ended = run.then(({ steps }) => steps);
    for await (const { epoch } of run) {
      await setTimeout(1);
      expect(run.progress.steps).toBe(8 * epoch);
    }
    expect(await ended).toBe(8 * epochs);
  });
});

describe('onEpoch', () => {
  test('receives the reports of the history', async () => {
    const reports: EpochReport[] = [];
    const history = await make().fit(data, { ...options, onEpoch: (report) => void reports.push(report) });
    expect(reports).toEqual(history.epochs);
    expect(reports).toHaveLength(epochs);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('mine');
      },
    ],
    [
      'rejects',
      async () => {
        await setTimeout(1);
        throw new Error('mine');
      },
    ],
  ])('that %s ends the run at its epoch', async (_, fail) => {
    const model = make();
    const run = model.fit(data, { ...options, onEpoch: ({ epoch }) => (epoch === 3 ? fail() : undefined) });
    await expect(run).rejects.toThrow('mine');
    expect(run.progress.steps).toBe(24);
    const other = make();
    await other.fit(data, { ...options, epochs: 3 });
    expectSameBits(model.parameters, other.parameters);
  });

  test('that awaits the run does not prevent it from ending', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    let ended = 0;
    const run = make().fit(data, {
      ...options,
      onEpoch: async () => {
        await run;
        ++ended;
      },
    });
    await run;
    await setTimeout(1);
    expect(ended).toBe(epochs);
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
  });

  test('can stop the run', async () => {
    const run = make().fit(data, { ...options, onEpoch: ({ epoch }) => void (epoch === 4 && run.stop()) });
    expect(await run).toMatchObject({ status: 'stopped', steps: 32 });
  });

  test('is called before early stopping decides', async () => {
    const seen: number[] = [];
    const history = await make().fit(data, {
      ...options,
      epochs: 100,
      earlyStopping: { patience: 2 },
      onEpoch: async ({ epoch }) => {
        await setTimeout(1);
        seen.push(epoch);
      },
    });
    expect(history.status).toBe('stoppedEarly');
    expect(seen).toEqual(history.epochs.map(({ epoch }) => epoch));
  });

  test('is refused if it is not a function', () => {
    expectRefusal(() => make().fit(data, { ...options, onEpoch: 3 as never }), 'ERR_INVALID_ARGUMENT', 'onEpoch');
  });
});

test('an unobserved run takes all its epochs while the event loop turns', async () => {
  const run = make().fit(data, { ...options, epochs: 1000 });
  while (run.progress.steps < 8000) await setTimeout(1);
  expect((await run).epochs).toHaveLength(1000);
});

test('a loop does not wait for an unfinished epoch', async () => {
  const run = make().fit(endless(data), options);
  const loop = (async () => {
    for await (const _ of run);
  })();
  await reached(run, 100);
  run.stop();
  await loop;
  expect((await run).status).toBe('stopped');
});
