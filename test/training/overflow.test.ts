import '../../lib/losses/absolute';
import '../../lib/losses/quantile';
import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { huber } from '../../lib/losses/huber';
import { logistic } from '../../lib/losses/logistic';
import { adamw } from '../../lib/optimizers/adamw';
import { sgd } from '../../lib/optimizers/sgd';
import { exponential } from '../../lib/schedules/exponential';
import { linear } from '../../lib/training/linear';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectRefusal, expectRejection } from '../support/refusals';

/** A model y = θ₀x + θ₁ with parameters of 0. */
const line = () => {
  const model = network({ inputs: 1, layers: [dense(1)] });
  model.parameters.fill(0);
  return model;
};

const overflow = 'the parameters became non-finite at step 2; nothing has changed';

describe('rows that no gradient touches', () => {
  test.each([
    ['sgd', sgd({ learningRate: 0.01, weightDecay: 300 })],
    ['adamw', adamw({ learningRate: 0.01, weightDecay: 300 })],
    ['sgd with momentum', sgd({ learningRate: 1, momentum: 0.5, weightDecay: 4 })],
  ])('overflow in the same step as with updates of all rows, under %s', async (_, optimizer) => {
    const count = 400;
    const run = async (others: object) => {
      const model = network({
        inputs: { categories: [count] },
        layers: [embedding({ dimensions: 3 }), dense(1)],
        seed: 3,
      });
      const [table, ...rest] = model.tensors.keys();
      model.tensors.get(table!)!.data.fill(0, 0, 3);
      const options = { loss: 'squared', optimizer, groups: [{ tensors: rest, frozen: true }], ...others } as const;
      const trainer = new Trainer(model, options);
      const column = { values: new Uint32Array(4000), columns: 1, cardinalities: [count] };
      const data = new Dataset({ inputs: categories(column), targets: new Float32Array(4000), targetColumns: 1 });
      await expectRejection(trainer.fit(data, { batchSize: 2 }), 'ERR_NON_FINITE', 'parameters are as after step');
      expect([...model.parameters].every(Number.isFinite)).toBe(true);
      return trainer.steps;
    };
    // With this clip each step updates all rows. Decay in the gradient then overflows a few doublings before θ does.
    const ofAll = await run({ clip: { adaptive: 1e9 } });
    const ofSome = await run({});
    expect(ofSome - ofAll).toBeGreaterThanOrEqual(0);
    expect(ofSome - ofAll).toBeLessThan(10);
  });
});

describe('large but finite numbers', () => {
  test.each(['throw', 'skip'] as const)('in waiting gradients are noticed at the step (%s)', async (onNonFinite) => {
    const options = { loss: 'squared', optimizer: sgd({ learningRate: 10 }), accumulate: 2, onNonFinite } as const;
    const model = line();
    const trainer = new Trainer(model, options);
    expect(trainer.step([[1]], [[1.5e38]]).steps).toBe(0);
    if (onNonFinite === 'throw') {
      expectRefusal(() => trainer.step([[1]], [[0]]), 'ERR_NON_FINITE', 'at step 1; nothing has changed');
    } else {
      // 'skip' applies to losses and gradients only.
      expectRefusal(() => trainer.step([[1]], [[0]]), 'ERR_NON_FINITE', 'the parameters became non-finite');
    }
    expect([...model.parameters]).toEqual([0, 0]);

    const fitted = line();
    const data = new Dataset({ inputs: [[1], [1]], targets: [1.5e38, 0] });
    await expectRejection(
      fitted.fit(data, { ...options, batchSize: 1, shuffle: false }),
      'ERR_NON_FINITE',
      'parameters are as after step 0',
    );
    expect([...fitted.parameters]).toEqual([0, 0]);
  });

  test('with an overflowing sum end no step, and leave no waiting gradients', () => {
    const x = [[1], [1], [1], [1]];
    const targets = (y: number) => x.map(() => [y]);
    const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.1 }), accumulate: 2 } as const;
    const model = line();
    const trainer = new Trainer(model, options);
    expectRefusal(() => trainer.step(x, targets(1.5e38)), 'ERR_NON_FINITE', 'the gradient became non-finite');
    const fresh = line();
    const other = new Trainer(fresh, options);
    for (const each of [trainer, other]) [3, 4].forEach((y) => void each.step(x, targets(y)));
    expect([...model.parameters]).toEqual([...fresh.parameters]);
    expect(trainer.steps).toBe(1);
  });

  // The momentum is 1e30, which a rate of 1e-25 hides and a rate of 1e10 does not.
  const rule = sgd({ learningRate: exponential({ from: 1e-25, factor: 1e35 }), momentum: 0.99 });

  test.each([
    ['nothing', {}],
    ['a minibatch that failed', {}],
    ['a minibatch that was skipped', { onNonFinite: 'skip' }],
  ] as const)('in the state are noticed after %s', (between, options) => {
    const model = line();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: rule, ...options });
    trainer.step([[1]], [[1e30]]);
    if (between === 'a minibatch that failed') expectRefusal(() => trainer.step([[NaN]], [[0]]), 'ERR_NON_FINITE');
    if (between === 'a minibatch that was skipped') trainer.step([[NaN]], [[0]]);
    const before = [...model.parameters];
    expectRefusal(() => trainer.step([[1]], [[0]]), 'ERR_NON_FINITE', overflow);
    expect([...model.parameters]).toEqual(before);
  });

  test('in the state are noticed after a waiting minibatch', () => {
    const model = line();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: rule, accumulate: 2 });
    for (const _ of [1, 2]) trainer.step([[1]], [[1e30]]);
    trainer.step([[1]], [[0]]);
    expectRefusal(() => trainer.step([[1]], [[0]]), 'ERR_NON_FINITE', overflow);
  });

  test('in parameters written by the caller are noticed', () => {
    const model = line();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate: 3, weightDecay: 0.9 }) });
    trainer.step([[0]], [[0]]);
    model.parameters[0] = 3.3e38;
    expectRefusal(() => trainer.step([[0]], [[0]]), 'ERR_NON_FINITE', overflow);
    expect(model.parameters[0]).toBe(Math.fround(3.3e38));
  });

  test.each([1e20, -1e20])('from bytes scaled by %d are noticed', async (scale) => {
    const model = line();
    const data = new Dataset({ inputs: Uint8Array.of(200), targets: Float32Array.of(-2e22), columns: 1, scale });
    const optimizer = sgd({ learningRate: 1e-3, momentum: 0.9 });
    await expectRejection(
      model.fit(data, { loss: 'squared', optimizer, epochs: 3 }),
      'ERR_NON_FINITE',
      'parameters are as after step',
    );
    expect([...model.parameters].every(Number.isFinite)).toBe(true);
  });
});

describe('single examples with an infinite loss, although outputs and gradients are moderate', () => {
  const rows = 70; // more than are taken together

  test.each([
    ['absolute', 2, 'absolute', 1e308, 0],
    ['logistic', 1, logistic({ positiveWeight: 1e10 }), -1e300, 1],
    ['huber', 1, huber({ delta: 1e10 }), 1e300, 0],
    ['quantile', 3, 'quantile', 1.7e308, 0],
  ] as const)('end a run, or are skipped: %s', async (_, outputs, loss, parameter, target) => {
    const model = linear({ inputs: { sparse: 1 }, outputs, type: 'float64', bias: false });
    model.parameters.fill(parameter);
    const inputs = sparse({ columns: 1, rows: Array(rows).fill([0]) });
    const targets = new Float64Array(rows * outputs).fill(target);
    const data = new Dataset({ inputs, targets, targetColumns: outputs });
    const options = { loss, optimizer: sgd({ learningRate: 0.1 }), batchSize: 1, epochs: 1 } as const;
    await expectRejection(model.fit(data, options), 'ERR_NON_FINITE', 'the loss became infinite at step 1 (epoch 1)');
    const { epochs } = await model.fit(data, { ...options, onNonFinite: 'skip' });
    expect(epochs[0]).toMatchObject({ loss: 0, skipped: rows });
    expect([...model.parameters]).toEqual(Array(outputs).fill(parameter));
  });
});

test('refuses a network with more parameters than any memory holds', () => {
  const widest = 2 ** 31 - 1;
  const layers = [dense(widest), dense(widest), dense(widest), dense(widest), dense(4)];
  expectRefusal(() => network({ inputs: widest, layers }), 'ERR_OUT_OF_RANGE', 'too many parameters');
});
