import '../../lib/metrics/numbers';
import { dense } from '../../lib/layers/dense';
import { topK } from '../../lib/metrics/classes';
import type { MetricLike } from '../../lib/metrics/metric';
import { sgd } from '../../lib/optimizers/sgd';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import type { EpochReport } from '../../lib/training/history';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { task } from '../support/examples';
import { folders } from '../support/folders';
import { endless } from '../support/progress';
import { expectRefusal } from '../support/refusals';

const newFolder = folders();
const make = () => network({ inputs: 4, layers: [dense(8, { activation: 'tanh' }), dense(3)], seed: 6 });

describe('a run of a trainer accepts its own metrics', () => {
  const { data: some } = task(50, 4, 3, 'crossEntropy', 'classes');
  const trainerWith = <const M extends readonly MetricLike[]>(metrics?: M) =>
    new Trainer(make(), { loss: 'crossEntropy', optimizer: sgd({ learningRate: 0.1 }), metrics, seed: 3 });

  test('like model.fit', async () => {
    const given = ['accuracy', topK({ k: 2 }), 'logLoss'] as const;
    const model = make();
    const options = { batchSize: 8, epochs: 2, validation: some, metrics: given } as const;
    const theirs = await model.fit(some, {
      loss: 'crossEntropy',
      optimizer: sgd({ learningRate: 0.1 }),
      seed: 3,
      ...options,
    });
    const ours = await trainerWith().fit(some, options);
    const scores = ({ epochs }: { epochs: readonly EpochReport<{ loss: number }>[] }) =>
      epochs.map(({ loss, accuracy, validation }) => ({ loss, accuracy, validation }));
    expect(scores(ours)).toEqual(scores(theirs));
    expect(ours.epochs[0]!.accuracy).toBeGreaterThan(0);
    const typed: number = ours.epochs[0]!.validation!.topK + ours.epochs[0]!.validation!.logLoss;
    expect(typed).toBeGreaterThan(0);
  });

  test('instead of those of the trainer, for that run alone', async () => {
    const trainer = trainerWith(['accuracy']);
    const run = { batchSize: 8, validation: some };
    const before = (await trainer.fit(some, run)).epochs[0]!;
    const within = (await trainer.fit(some, { ...run, metrics: ['balancedAccuracy'] })).epochs[0]!;
    const none = (await trainer.fit(some, { ...run, metrics: [] })).epochs[0]!;
    const after = (await trainer.fit(some, run)).epochs[0]!;
    for (const epoch of [before, after]) {
      expect(Object.keys(epoch.validation!)).toEqual(['loss', 'accuracy']);
      expect(epoch.accuracy).toBeGreaterThan(0);
    }
    expect(Object.keys(within.validation!)).toEqual(['loss', 'balancedAccuracy']);
    expect(Object.keys(none.validation!)).toEqual(['loss']);
    for (const epoch of [within, none]) expect(epoch).not.toHaveProperty('accuracy');
    expect(trainer.step(new Float32Array(4), [1]).accuracy).toBeDefined();
  });

  test.each([true, false])('and steps in between report those of the trainer: accuracy %s', async (isOwn) => {
    const trainer = trainerWith(isOwn ? ['accuracy'] : []);
    const run = trainer.fit(endless(some), { batchSize: 8, metrics: isOwn ? [] : ['accuracy'] });
    const report = await trainer.stepAsync([[1, 2, 3, 4]], [1]);
    run.stop();
    await run;
    expect('accuracy' in report).toBe(isOwn);
  });

  test('that early stopping and plateaus can monitor', async () => {
    const trainer = trainerWith();
    const options = { batchSize: 8, epochs: 30, validation: some, metrics: ['f1'] } as const;
    const monitor = 'validation.f1';
    const { best, epochs } = await trainer.fit(some, { ...options, earlyStopping: { monitor, patience: 2 } });
    expect(best!.monitor).toBe(monitor);
    expect(best!.value).toBe(Math.max(...epochs.map(({ validation }) => validation!.f1)));
    const plateau = reduceOnPlateau({ from: 0.1, patience: 0, mode: 'max' });
    const observing = new Trainer(make(), { loss: 'crossEntropy', optimizer: sgd({ learningRate: plateau }) });
    await observing.fit(some, { ...options, epochs: 2, monitor });
    expect(plateau.state.best).toBeGreaterThan(0);
  });

  test('only if they are defined, with data to be computed on', () => {
    const trainer = trainerWith(['accuracy']);
    expectRefusal(() => trainer.fit(some, { metrics: ['r2'] }), 'ERR_INVALID_ARGUMENT', 'r2', 'crossEntropy');
    expectRefusal(() => trainer.fit(some, { metrics: ['auc'] }), 'ERR_INVALID_ARGUMENT', 'auc', 'validation');
    expectRefusal(
      () => trainer.fit(some, { metrics: [], earlyStopping: { monitor: 'accuracy' } }),
      'ERR_INVALID_ARGUMENT',
      'accuracy',
    );
    expectRefusal(() => trainer.fit(some, { metrics: 'auc' as never }), 'ERR_INVALID_ARGUMENT', 'metrics');
  });

  test('and accepts them again when it resumes', async () => {
    const folder = newFolder();
    const trainer = trainerWith();
    const options = { batchSize: 8, epochs: 4, validation: some, metrics: ['accuracy', 'f1'] } as const;
    const whole = await trainerWith().fit(some, options);
    await expect(
      trainer.fit(some, {
        ...options,
        checkpoint: { folder, everySteps: 1, keep: 1000 },
        onEpoch: ({ epoch }) => {
          if (epoch === 3) throw new Error('enough');
        },
      }),
    ).rejects.toThrow('enough');
    const resumed = await Trainer.resume(folder);
    expectRefusal(
      () => resumed.fit(some, { ...options, metrics: undefined }),
      'ERR_INVALID_ARGUMENT',
      'metrics',
      'not given',
      'abandon()',
    );
    const { epochs } = await resumed.fit(some, options);
    const scores = ({ loss, accuracy, validation }: (typeof epochs)[0]) => ({ loss, accuracy, validation });
    expect(epochs.map(scores)).toEqual(whole.epochs.map(scores));
  });
});
