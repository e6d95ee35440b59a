import { setTimeout } from 'node:timers/promises';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { ema } from '../../lib/optimizers/average';
import type { Epoch } from '../../lib/training/history';
import { type FitOptions, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { endless } from '../support/progress';
import { expectRefusal } from '../support/refusals';

const { data } = task(60, 5, 3, 'crossEntropy', 'classes');
const make = () => network({ inputs: 5, layers: [dense(8, { activation: 'relu' }), dense(3)], seed: 1 });
const options: FitOptions = {
  loss: 'crossEntropy',
  optimizer: adam({ learningRate: 0.03 }),
  average: ema({ decay: 0.9 }),
  batchSize: 8,
  epochs: 6,
};

describe('maxSeconds', () => {
  test('ends a run at a step', async () => {
    const begin = performance.now();
    const run = make().fit(endless(data), { ...options, epochs: 1e6, maxSeconds: 0.3 });
    const history = await run;
    expect(history.status).toBe('outOfTime');
    expect(performance.now() - begin).toBeGreaterThan(300);
    expect(history.steps).toBeGreaterThan(0);
    expect(history.steps).toBeLessThan(run.progress.totalSteps);
  });

  test('does nothing to a run that is faster', async () => {
    expect((await make().fit(data, { ...options, maxSeconds: 1000 })).status).toBe('completed');
  });

  test('must be a number > 0', () => {
    expectRefusal(() => make().fit(data, { ...options, maxSeconds: 0 }), 'ERR_OUT_OF_RANGE', 'maxSeconds');
    expectRefusal(() => make().fit(data, { ...options, maxSeconds: '1' as never }), 'ERR_INVALID_ARGUMENT');
  });
});

describe('epoch.model()', () => {
  test('has the parameters of its epoch, and is a separate model', async () => {
    const model = make();
    const run = model.fit(data, options);
    const models: Epoch['model'] extends () => infer M ? M[] : never = [];
    for await (const epoch of run) {
      await setTimeout(1);
      models.push(epoch.model());
      expectSameBits(models.at(-1)!.parameters, model.parameters);
      expect(models.at(-1)!.predict(data)).toEqual(model.predict(data));
    }
    for (const [i, kept] of models.entries()) {
      const other = make();
      await other.fit(data, { ...options, epochs: i + 1 });
      expectSameBits(kept.parameters, other.parameters);
    }
  });

  test('refuses once the run has moved on', async () => {
    const epochs: Epoch[] = [];
    await make().fit(data, { ...options, onEpoch: (epoch) => void epochs.push(epoch) });
    expectRefusal(() => epochs[0]!.model(), 'ERR_EPOCH_PASSED', 'the run has gone on');
    expect(JSON.stringify(epochs[0])).not.toContain('model');
    expect({ ...epochs[0] }).not.toHaveProperty('model');
  });
});

describe('the share of the processors', () => {
  test('is part of the progress after a second', async () => {
    const run = make().fit(endless(data), { ...options, epochs: 1e6 });
    expect(run.progress).not.toHaveProperty('processorShare');
    while (run.progress.processorShare === undefined) await setTimeout(10);
    expect(run.progress.processorShare).toBeGreaterThan(0);
    expect(run.progress.processorShare).toBeLessThan(1.1);
    run.stop();
    await run;
  });
});
