import '../../lib/metrics/numbers';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { f1 } from '../../lib/metrics/classes';
import { adam } from '../../lib/optimizers/adam';
import { sgd } from '../../lib/optimizers/sgd';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import { type FitOptions, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { normal, random, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

/** Yes-or-no examples that a linear model learns partly. */
function examples(rows: number, seed: number): Dataset {
  const [number, uniform] = [normal(seed), random(seed)];
  const inputs = range(rows).map(() => range(3).map(number));
  const targets = inputs.map(([a, b]) => Number(a! - 2 * b! + 0.5 > 4 * (uniform() - 0.5)));
  return new Dataset({ inputs, targets, weights: inputs.map((_, i) => 1 + (i % 3)) });
}

const [train, held] = [examples(200, 1), examples(80, 2)];
const make = () => network({ inputs: 3, layers: [dense(8, { activation: 'tanh' }), dense(1)], seed: 4 });
const options = {
  loss: 'logistic',
  optimizer: adam({ learningRate: 0.05 }),
  batchSize: 16,
  epochs: 12,
  validation: held,
} as const;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { [K in keyof T]: T[K] };
const holds = <_ extends true>() => {};

describe('a run', () => {
  test('reports the metrics of its validation, with their types, and evaluate agrees', async () => {
    const model = make();
    const list = ['accuracy', 'auc', f1({ average: 'macro', as: 'both' }), 'confusionMatrix'] as const;
    const run = model.fit(train, {
      ...options,
      metrics: list,
      onEpoch: ({ validation }) => {
        holds<Same<typeof validation, (typeof history.epochs)[0]['validation']>>();
        expect(validation).toEqual(model.evaluate(held, { loss: 'logistic', metrics: list }));
      },
    });
    const history = await run;
    const { validation, accuracy, ...training } = history.epochs.at(-1)!;
    type Expected = { loss: number; accuracy: number; auc: number; both: number; confusionMatrix: number[][] };
    holds<Same<Flat<NonNullable<typeof validation>>, Expected>>();
    expect(Object.keys(validation!)).toEqual(['loss', 'accuracy', 'auc', 'both', 'confusionMatrix']);
    expect(validation).toEqual(model.evaluate(held, { loss: 'logistic', metrics: list }));
    expect(accuracy).toBeGreaterThan(0.5);
    expect(training).not.toHaveProperty('auc');
    expect.assertions(3 + 1 + options.epochs - 1 + 1);
  });

  test('of a trainer reports them too', async () => {
    const trainer = new Trainer(make(), { loss: 'logistic', optimizer: sgd({ learningRate: 0.1 }), metrics: ['auc'] });
    const { epochs } = await trainer.fit(train, { epochs: 2, validation: held });
    for (const { validation } of epochs) expect(validation!.auc).toBeGreaterThan(0);
    expect(epochs[1]!.validation!.auc).toBe(trainer.model.evaluate(held, { loss: 'logistic', metrics: ['auc'] }).auc);
  });

  test('takes the same steps with and without metrics', async () => {
    const [plain, measured] = [make(), make()];
    await plain.fit(train, options);
    await measured.fit(train, { ...options, metrics: ['auc', 'logLoss', 'calibrationError'] });
    expect(measured.parameters).toEqual(plain.parameters);
  });

  test.each([
    ['auc', 'max'],
    ['logLoss', 'min'],
    ['f1', 'max'],
    ['calibrationError', 'min'],
  ] as const)('stops early by validation.%s, in the mode %s', async (name, mode) => {
    const monitor = `validation.${name}` as const;
    const fitted = (changes: object) => make().fit(train, { ...options, metrics: [name], ...changes });
    const all = (await fitted({ epochs: 30 })).epochs.map(({ validation }) => validation![name]);
    const patience = 3;
    let best = 0;
    let stop = 30;
    for (let i = 1; i < 30 && stop === 30; ++i) {
      if (mode === 'max' ? all[i]! > all[best]! : all[i]! < all[best]!) best = i;
      if (i - best === patience) stop = i + 1;
    }
    expect(stop).toBeLessThan(30);
    const history = await fitted({ epochs: 30, earlyStopping: { monitor, patience } });
    expect(history.epochs).toHaveLength(stop);
    expect(history.best).toMatchObject({ epoch: best + 1, monitor, value: all[best] });
    const reversed = await fitted({
      epochs: 30,
      earlyStopping: { monitor, patience, mode: mode === 'max' ? 'min' : 'max' },
    });
    expect(reversed.best!.epoch).not.toBe(best + 1);
  });

  test('lets reduceOnPlateau monitor a metric', async () => {
    const learningRate = () => reduceOnPlateau({ from: 0.05, factor: 0.5, patience: 0, mode: 'max' });
    const fitted = (changes: object) =>
      make().fit(train, {
        ...options,
        optimizer: adam({ learningRate: learningRate() }),
        metrics: ['auc'],
        ...changes,
      });
    const { epochs } = await fitted({ monitor: 'validation.auc' });
    let [best, rate] = [-Infinity, 0.05];
    for (const { validation, learningRate } of epochs) {
      expect(learningRate).toBeCloseTo(rate, 15);
      if (validation!.auc > best * (1 + 1e-4)) best = validation!.auc;
      else rate /= 2;
    }
    expect(rate).toBeLessThan(0.05);
    const wrong = adam({ learningRate: reduceOnPlateau({ from: 0.05 }) });
    expectRefusal(
      () => fitted({ monitor: 'validation.auc', optimizer: wrong }),
      'ERR_INVALID_ARGUMENT',
      'validation.auc should be large',
      'mode: "max"',
    );
  });
});

describe('refuses', () => {
  const fitting = (changes: object) => () => make().fit(train, { ...options, ...changes } as FitOptions);

  test('metrics without validation, because only the loss and accuracy are computed on training data', () => {
    expectRefusal(
      fitting({ metrics: ['accuracy', 'auc', 'f1'], validation: undefined }),
      'ERR_INVALID_ARGUMENT',
      'auc, f1 need the option validation',
      'training data',
    );
    const trainer = new Trainer(make(), { loss: 'logistic', optimizer: sgd({ learningRate: 1 }), metrics: ['auc'] });
    expectRefusal(() => trainer.fit(train), 'ERR_INVALID_ARGUMENT', 'auc need the option validation');
  });

  test('metrics that are not defined for the loss or the validation data', () => {
    expectRefusal(fitting({ metrics: ['r2'] }), 'ERR_INVALID_ARGUMENT', 'r2 has no meaning under the loss logistic');
    const ones = held.select(range(80).filter((i) => i < 1));
    expectRefusal(fitting({ metrics: ['auc'], validation: ones }), 'ERR_OUT_OF_RANGE', 'validation: metric auc');
  });

  test('monitors of metrics that are not computed, or not numbers', () => {
    const metricsOf = ['auc', 'confusionMatrix'] as const;
    const stopping = (monitor: unknown) => fitting({ metrics: metricsOf, earlyStopping: { monitor } });
    const name = 'earlyStopping.monitor';
    expectRefusal(stopping('validation.f1'), 'ERR_INVALID_ARGUMENT', `${name} "validation.f1" needs metrics: ['f1']`);
    expectRefusal(stopping('auc'), 'ERR_INVALID_ARGUMENT', name, 'validation data: "validation.auc"');
    expectRefusal(stopping('validation.auk'), 'ERR_INVALID_ARGUMENT', 'Did you mean "validation.auc"?');
    expectRefusal(stopping('validation.confusionMatrix'), 'ERR_INVALID_ARGUMENT', name, 'is not a number');
    expectRefusal(stopping(3), 'ERR_INVALID_ARGUMENT', name, '3');
    expectRefusal(stopping('validation.accuracy'), 'ERR_INVALID_ARGUMENT', "needs metrics: ['accuracy']");
  });
});
