import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { sgd } from '../../lib/optimizers/sgd';
import { constant } from '../../lib/schedules/constant';
import { cosine } from '../../lib/schedules/cosine';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { ReferenceTraining } from '../support/reference_network';
import { expectRejection } from '../support/refusals';

const make = () => network({ inputs: 1, layers: [dense(1)], type: 'float64', seed: 1 });
const { data, examples } = task(100, 1, 1, 'squared', 'numbers');
const base = { loss: 'squared', batchSize: 1, shuffle: false } as const;
describe('a scheduled run of 10,000 steps', () => {
  test('has the bits of plain numbers if its schedules are constant', async () => {
    const [plain, scheduled] = [make(), make()];
    await plain.fit(data, { ...base, epochs: 100, optimizer: adam({ learningRate: 0.01, beta1: 0.8 }) });
    const optimizer = adam({ learningRate: constant({ value: 0.01 }), beta1: constant({ value: 0.8 }) });
    await scheduled.fit(data, { ...base, epochs: 100, optimizer });
    expectSameBits(scheduled.parameters, plain.parameters);
  });

  test('takes each step at the rate of that step', async () => {
    const optimizer = sgd({
      learningRate: cosine({ from: 0.2, to: 0.001, steps: 150, periodic: true }),
      momentum: cosine({ from: 0.9, to: 0.1, steps: 8000 }),
    });
    const model = make();
    const { epochs } = await model.fit(data, { ...base, epochs: 100, optimizer });
    const training = new ReferenceTraining(make(), 'squared', optimizer);
    for (const epoch of range(100)) {
      const losses = training.epoch(examples, 1);
      expect(epochs[epoch]!.loss).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 100, 9);
    }
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-9);
  });

  test('reports the rate of the last step of each epoch', async () => {
    const learningRate = cosine({ from: 0.1, to: 0, steps: 10_000 });
    const { epochs } = await make().fit(data, { ...base, epochs: 100, optimizer: sgd({ learningRate }) });
    expect(epochs.map((epoch) => epoch.learningRate)).toEqual(
      range(100).map((epoch) => learningRate(100 * epoch + 99)),
    );
  });
});

describe('a run with a schedule that throws', () => {
  /** A user's own schedule. */
  const failing = (firstBad: number) =>
    Object.assign(
      (step: number) => {
        if (step >= firstBad) throw new Error(`nothing known of step ${step}`);
        return 0.01;
      },
      { ...cosine({ from: 1, steps: 1 }) },
    );

  test('ends with that error, and leaves the model free', async () => {
    const model = make();
    const run = model.fit(data, { ...base, epochs: 200, optimizer: sgd({ learningRate: failing(10_000) }) });
    await expect(run).rejects.toThrow('nothing known of step 10000');
    await expect(run[Symbol.asyncIterator]().next()).resolves.toMatchObject({ value: { epoch: 1 } });
    expect(await model.fit(data, { ...base, optimizer: sgd() })).toMatchObject({ status: 'completed' });
  });

  test('does not start if the first step throws', () => {
    expect(() => make().fit(data, { ...base, optimizer: sgd({ learningRate: failing(0) }) })).toThrow('step 0');
  });
});

describe('a run with a schedule that leaves its range', () => {
  /** A schedule that is negative from step 10,001 on. */
  const learningRate = cosine({ from: 0.01, to: -0.01, steps: 20_000 });

  test('ends before that with an error, after whole steps', async () => {
    const model = make();
    const run = model.fit(data, { ...base, epochs: 200, optimizer: sgd({ learningRate }) });
    await expectRejection(run, 'ERR_OUT_OF_RANGE', 'sgd.learningRate', 'schedule', 'step 10001');
    const { steps } = run.progress;
    expect(steps).toBeLessThanOrEqual(10_001);
    const again = make();
    await again.fit(data.select(range(steps).map((i) => i % 100)), { ...base, optimizer: sgd({ learningRate }) });
    expectSameBits(model.parameters, again.parameters);
    await model.fit(data, { ...base, optimizer: sgd() });
  });

  test('succeeds if it ends earlier', async () => {
    const leavesSoon = cosine({ from: 0.01, to: -0.01, steps: 20 });
    const rows = new Dataset({ inputs: range(10).map((i) => [i]), targets: range(10) });
    expect(await make().fit(rows, { ...base, optimizer: sgd({ learningRate: leavesSoon }) })).toMatchObject({
      status: 'completed',
      steps: 10,
    });
    expect(await make().fit(data, { ...base, epochs: 100, optimizer: sgd({ learningRate }) })).toMatchObject({
      status: 'completed',
      steps: 10_000,
    });
  });
});
