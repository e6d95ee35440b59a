import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { float64 } from '../../lib/numbers/float_arrays';
import { adam } from '../../lib/optimizers/adam';
import { ema } from '../../lib/optimizers/average';
import { momentum } from '../../lib/optimizers/momentum';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import type { EarlyStopping } from '../../lib/training/early_stopping';
import type { EpochReport } from '../../lib/training/history';
import type { Monitor } from '../../lib/training/monitor';
import { type FitOptions, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { task, unseen } from '../support/examples';
import { normal, range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';

// Labels at random: the validation soon gets worse.
const { data } = task(60, 5, 3, 'crossEntropy', 'classes');
const { data: held } = task(40, 5, 3, 'crossEntropy', 'classes');
const number = normal(5);
const codes = (rows: number) => range(rows).map(() => [Math.floor(40 * Math.abs(Math.sin(number())))]);
const coded = (rows: number) =>
  new Dataset({
    inputs: categories({ values: codes(rows), cardinalities: [40] }),
    targets: range(rows).map((i) => i % 3),
  });
const [words, heldWords] = [coded(60), coded(40)];

type Options = Partial<FitOptions>;
const kinds: [name: string, make: () => ReturnType<typeof network>, options: Options][] = [
  ['adam', () => network({ inputs: 5, layers: [dense(16, { activation: 'relu' }), dense(3)], seed: 1 }), {}],
  [
    'batchNorm in float64',
    () => network({ inputs: 5, layers: [dense(16), batchNorm(), dense(3)], seed: 1, type: 'float64' }),
    {},
  ],
  ['an average', () => network({ inputs: 5, layers: [dense(3)], seed: 1 }), { average: ema({ decay: 0.9 }) }],
  [
    'a schedule-free rule',
    () => network({ inputs: 5, layers: [dense(16, { activation: 'tanh' }), dense(3)], seed: 1 }),
    { optimizer: scheduleFree({ learningRate: 0.05 }) },
  ],
  [
    'rows that lag',
    () => network({ inputs: words, layers: [embedding({ dimensions: 4 }), dense(3)], seed: 1 }),
    { optimizer: momentum({ learningRate: 0.5, decay: 0.9 }), validation: heldWords },
  ],
];

const options: FitOptions = {
  loss: 'crossEntropy',
  optimizer: adam({ learningRate: 0.03 }),
  metrics: ['accuracy'],
  batchSize: 8,
  epochs: 25,
  validation: held,
};

const scoreOf = (report: EpochReport, monitor: Monitor): number => {
  const scores = monitor.startsWith('validation.') ? report.validation! : report;
  return monitor.endsWith('accuracy') ? scores.accuracy! : scores.loss;
};

/** The number of epochs of a run with early stopping, and the best of them, from the reports of all epochs. */
function expected(reports: EpochReport[], { monitor = 'validation.loss', ...rest }: EarlyStopping) {
  const { patience = 3, minimumDelta = 0, mode = monitor.endsWith('loss') ? 'min' : 'max' } = rest;
  let [best, bestValue] = [0, mode === 'min' ? Infinity : -Infinity];
  for (const [i, report] of reports.entries()) {
    const value = scoreOf(report, monitor);
    if (mode === 'min' ? value < bestValue - minimumDelta : value > bestValue + minimumDelta)
      [best, bestValue] = [i + 1, value];
    else if (i + 1 - best === patience) return { epochs: i + 1, best, bestValue };
  }
  return { epochs: reports.length, best, bestValue };
}

describe.each(kinds)('early stopping with %s', (_, make, own) => {
  const given = { ...options, ...own };
  const trained = own.validation ? words : data;
  const after = async (epochs: number) => {
    const model = make();
    await model.fit(trained, { ...given, epochs });
    return model.parameters;
  };

  test.each<EarlyStopping>([
    {},
    { patience: 1 },
    { patience: 5, minimumDelta: 0.01 },
    { monitor: 'validation.accuracy', patience: 2 },
    { monitor: 'accuracy', patience: 2 },
    { monitor: 'loss', patience: 4 },
    { monitor: 'validation.accuracy', mode: 'min', patience: 2 },
    { restoreBest: false },
  ])('ends by %p, with the parameters of the best epoch', async (earlyStopping) => {
    const all = await make().fit(trained, given);
    const { epochs, best, bestValue } = expected(all.epochs, earlyStopping);
    const model = make();
    const history = await model.fit(trained, { ...given, earlyStopping });
    expect(history.epochs.map(({ epoch, validation }) => [epoch, validation])).toEqual(
      all.epochs.slice(0, epochs).map(({ epoch, validation }) => [epoch, validation]),
    );
    expect(history.status).toBe(epochs < 25 ? 'stoppedEarly' : 'completed');
    expect(history.best).toEqual({
      epoch: best,
      steps: best * 8,
      monitor: earlyStopping.monitor ?? 'validation.loss',
      value: bestValue,
    });
    expectSameBits(model.parameters, await after(earlyStopping.restoreBest === false ? epochs : best));
  });
});

const make = kinds[0]![1];

describe('the best epoch', () => {
  test('is in the history without early stopping, and the parameters are those of the last step', async () => {
    const model = make();
    const history = await model.fit(data, options);
    const { best, bestValue } = expected(history.epochs, { patience: 100 });
    expect(best).toBeLessThan(25);
    expect(history.best).toEqual({ epoch: best, steps: best * 8, monitor: 'validation.loss', value: bestValue });
    expect(model.evaluate(held, { loss: 'crossEntropy' }).loss).toBe(history.epochs.at(-1)!.validation!.loss);
  });

  test('is restored when a run completes', async () => {
    const model = make();
    const { best, status } = await model.fit(data, { ...options, earlyStopping: { patience: 25 } });
    expect(status).toBe('completed');
    expect(best!.epoch).toBeLessThan(25);
    expect(model.evaluate(held, { loss: 'crossEntropy' }).loss).toBe(best!.value);
  });

  test('is restored when a run is stopped or aborted', async () => {
    const controller = new AbortController();
    for (const stop of ['stop', 'abort']) {
      const model = make();
      const run = model.fit(data, {
        ...options,
        epochs: 1e6,
        signal: controller.signal,
        earlyStopping: { patience: 1e6, monitor: 'validation.loss' },
      });
      await reached(run, 25 * 8 + 1);
      if (stop === 'stop') run.stop();
      else controller.abort('enough');
      const ended = await run.then(
        ({ status }) => status,
        (reason: unknown) => reason,
      );
      expect(ended).toBe(stop === 'abort' ? 'enough' : 'stopped');
      const reports: EpochReport[] = [];
      await (async () => {
        for await (const report of run) reports.push(report);
      })().catch(() => {});
      const { bestValue } = expected(reports, { patience: 1e6 });
      expect(model.evaluate(held, { loss: 'crossEntropy' }).loss).toBe(bestValue);
    }
  });

  test('is restored when a run fails, and the message names its step', async () => {
    const inputs = float64(40).fill(1);
    const rows = new Dataset({ inputs, columns: 1, targets: range(40) });
    const model = network({ inputs: 1, layers: [dense(1)], type: 'float64' });
    const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate: 1e-3 }) });
    const onEpoch = ({ epoch }: { epoch: number }) => void (epoch === 8 && inputs.fill(NaN, 20));
    const run = trainer.fit(rows, {
      batchSize: 10,
      shuffle: false,
      epochs: 1e6,
      earlyStopping: { patience: 1e6 },
      onEpoch,
    });
    await expectRejection(run, 'ERR_NON_FINITE', 'parameters are as after step');
    const reports: EpochReport[] = [];
    await (async () => {
      for await (const report of run) reports.push(report);
    })().catch(() => {});
    const { best } = expected(reports, { monitor: 'loss', patience: 1e6 });
    const error = await run.catch((reason: unknown) => reason);
    expect((error as Error).message).toContain(`parameters are as after step ${4 * best}.`);
    const after = model.parameters.slice();
    inputs.fill(1);
    const again = network({ inputs: 1, layers: [dense(1)], type: 'float64' });
    await again.fit(rows, {
      loss: 'squared',
      optimizer: sgd({ learningRate: 1e-3 }),
      batchSize: 10,
      shuffle: false,
      epochs: best,
    });
    expectSameBits(after, again.parameters);
  });

  test('does not exist before the end of the first epoch: the parameters are those of the last step', async () => {
    const model = make();
    const run = model.fit(endless(data), { ...options, earlyStopping: {} });
    await reached(run, 3);
    run.stop();
    expect(await run).toEqual({ status: 'stopped', epochs: [], steps: run.progress.steps });
    expect(model.parameters).not.toEqual(make().parameters);
  });

  test('never has a score that is not finite', async () => {
    const rows = new Dataset({ ...unseen([[1], [NaN]]), targets: [0, 1] });
    const model = network({ inputs: 1, layers: [dense(1)] });
    const before = model.parameters.slice();
    const small = new Dataset({ inputs: [[1], [2]], targets: [0, 1] });
    const run = model.fit(small, {
      loss: 'squared',
      optimizer: sgd({ learningRate: 0.1 }),
      epochs: 50,
      validation: rows,
      earlyStopping: { patience: 4 },
    });
    const history = await run;
    expect(history).toMatchObject({ status: 'stoppedEarly', steps: 4 });
    expect(history.epochs).toHaveLength(4);
    expect(history).not.toHaveProperty('best');
    expect(model.parameters).not.toEqual(before);
  });
});

describe('a trainer', () => {
  test.each(kinds)('with %s continues from the best epoch, with its state', async (_, make, own) => {
    const { epochs: __, validation = held, batchSize, ...rest } = { ...options, ...own };
    const trained = own.validation ? words : data;
    const runs = { validation, batchSize };
    const stopped = new Trainer(make(), rest);
    const { epochs, best } = await stopped.fit(trained, { ...runs, epochs: 25, earlyStopping: {} });
    expect(best!.epoch).toBeLessThan(epochs.length);
    const written = new Trainer(make(), rest);
    await written.fit(trained, { ...runs, epochs: epochs.length });
    written.model.parameters.set(stopped.model.parameters);
    await Promise.all([stopped, written].map((trainer) => trainer.fit(trained, { ...runs, epochs: 2 })));
    expectSameBits(stopped.model.parameters, written.model.parameters);
    expect(stopped.steps).toBe(written.steps);
  });

  test('counts epochs over all runs, and starts patience anew in each', async () => {
    const trainer = new Trainer(make(), { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.03 }) });
    const runs = { validation: held, batchSize: 8, epochs: 20, earlyStopping: { patience: 2 } };
    const first = await trainer.fit(data, runs);
    const second = await trainer.fit(data, runs);
    expect(second.epochs[0]!.epoch).toBe(first.epochs.at(-1)!.epoch + 1);
    expect(second.best!.epoch).toBeGreaterThan(first.epochs.at(-1)!.epoch);
    expect(second.epochs.length).toBeGreaterThan(2);
  });
});

describe('the monitor of early stopping', () => {
  const train = (changes: Partial<FitOptions>) => () => make().fit(data, { ...options, ...changes });

  test('is that of the run by default', async () => {
    const { best } = await train({ monitor: 'validation.accuracy', earlyStopping: { patience: 25 } })();
    expect(best!.monitor).toBe('validation.accuracy');
    expect((await train({ validation: undefined, earlyStopping: { patience: 25 } })()).best!.monitor).toBe('loss');
  });

  test('can differ from that of schedules', async () => {
    const plateau = reduceOnPlateau({ from: 0.03, patience: 0 });
    const history = await train({
      optimizer: adam({ learningRate: plateau }),
      monitor: 'loss',
      earlyStopping: { monitor: 'validation.accuracy' },
    })();
    expect(history.best!.monitor).toBe('validation.accuracy');
    expect(plateau.state.best).toBe(Math.min(...history.epochs.map(({ loss }) => loss)));
  });

  test('is refused if epochs do not have it', () => {
    const refused = 'ERR_INVALID_ARGUMENT';
    expectRefusal(
      train({ validation: undefined, earlyStopping: { monitor: 'validation.loss' } }),
      refused,
      'earlyStopping.monitor "validation.loss" needs the option validation',
    );
    expectRefusal(
      train({ metrics: [], earlyStopping: { monitor: 'accuracy' } }),
      refused,
      "needs metrics: ['accuracy']",
    );
    expectRefusal(train({ earlyStopping: { monitor: 'val_loss' as never } }), refused, 'earlyStopping.monitor');
  });
});

test('refuses wrong options', () => {
  const train = (earlyStopping: unknown) => () =>
    make().fit(data, { ...options, earlyStopping: earlyStopping as never });
  expectRefusal(
    train({ patiense: 3 }),
    'ERR_INVALID_ARGUMENT',
    'earlyStopping: unknown option "patiense"',
    '"patience"',
  );
  expectRefusal(train(3), 'ERR_INVALID_ARGUMENT', 'the options of earlyStopping');
  expectRefusal(train({ patience: 0 }), 'ERR_OUT_OF_RANGE', 'earlyStopping.patience');
  expectRefusal(train({ minimumDelta: -1 }), 'ERR_OUT_OF_RANGE', 'earlyStopping.minimumDelta');
  expectRefusal(train({ mode: 'maximum' }), 'ERR_INVALID_ARGUMENT', 'earlyStopping.mode');
  expectRefusal(train({ restoreBest: 'yes' }), 'ERR_INVALID_ARGUMENT', 'earlyStopping.restoreBest');
});
