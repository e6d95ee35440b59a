import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const { data, examples } = task(20, 4, 2, 'squared', 'numbers');
const layers = (rate: number) => [dense(30, { activation: 'tanh' }), dropout(rate), dense(2)];
const make = (rate = 0.5) => network({ inputs: 4, layers: layers(rate), type: 'float64', seed: 1 });
const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.05 }), batchSize: 7 } as const;

/** The network of `make` without dropout. */
function without() {
  const model = network({ inputs: 4, layers: [dense(30, { activation: 'tanh' }), dense(2)], type: 'float64' });
  model.parameters.set(make().parameters);
  return model;
}

describe('dropout', () => {
  test('has no effect in predict and evaluate', () => {
    expectSameBits(make(0.9).predict(data), without().predict(data));
    expect(make(0.9).evaluate(data, { loss: 'squared' })).toEqual(without().evaluate(data, { loss: 'squared' }));
    expect(make(0.9).gradient(data, { loss: 'squared' })).toEqual(without().gradient(data, { loss: 'squared' }));
  });

  test('has no effect at a rate of 0', async () => {
    const [model, plain] = [make(0), without()];
    await model.fit(data, options);
    await plain.fit(data, options);
    expectSameBits(model.parameters, plain.parameters);
  });

  test('is determined by the seed', async () => {
    const trained = [];
    for (const seed of [1, 1, 2]) {
      const model = make();
      await model.fit(data, { ...options, seed, shuffle: false });
      trained.push(model.parameters);
    }
    expectSameBits(trained[0]!, trained[1]!);
    expect(trained[2]).not.toEqual(trained[0]);
  });

  test('draws anew for each minibatch and each layer', () => {
    const x = [1, 1, 1, 1];
    const trainer = new Trainer(make(), { ...pick, optimizer: sgd({ learningRate: 0 }) });
    const losses = range(20).map(() => trainer.step([x], [[3, 3]]).loss);
    expect(new Set(losses).size).toBe(20);
  });

  test('continues in a trainer as in a run of all epochs', async () => {
    const [pieces, whole] = [make(), make()];
    const trainer = new Trainer(pieces, { ...pick, seed: 3 });
    for (const epochs of [1, 2]) await trainer.fit(data, { batchSize: 7, epochs });
    await whole.fit(data, { ...options, seed: 3, epochs: 3 });
    expectSameBits(pieces.parameters, whole.parameters);
  });

  test('steps as in a run', async () => {
    const [online, running] = [make(), make()];
    const trainer = new Trainer(online, { ...pick, seed: 3 });
    for (const begin of [0, 7, 14]) {
      const some = examples.slice(begin, begin + 7);
      trainer.step(
        some.map(({ inputs }) => Array.from(inputs)),
        some.map(({ targets }) => targets),
      );
    }
    await running.fit(data, { ...options, seed: 3, shuffle: false });
    expect(Math.max(...online.parameters.map((x, i) => Math.abs(x - running.parameters[i]!)))).toBeLessThan(1e-13);
  });

  test('keeps the mean, and drops its share', () => {
    // Dropout doesn't change the gradient of a bias behind it. The gradient of the weights behind it shows its outputs.
    const wide = network({ inputs: 1, layers: [dense(5000), dropout(0.3), dense(1)], type: 'float64' });
    wide.parameters.fill(0);
    wide.tensors.get('layers.0.bias')!.data.fill(1);
    const from = (wide.tensors.get('layers.2.weight')!.data.byteOffset - wide.parameters.byteOffset) / 8;
    const one = task(1, 1, 1, 'squared', 'numbers').data;
    const seen = range(20).flatMap((seed) => {
      const { gradient } = wide.gradient(one, { loss: 'squared', training: true, seed });
      const scale = gradient[gradient.length - 1]!;
      return Array.from(gradient.subarray(from, from + 5000), (g) => g / scale);
    });
    const dropped = seen.filter((x) => x === 0).length / seen.length;
    expect(Math.abs(dropped - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / seen.length));
    const errors = seen.filter((x) => x !== 0).map((x) => Math.abs(x - 1 / 0.7));
    expect(errors.every((error) => error < 1e-12)).toBe(true);
  });

  test('requires a rate from 0 to below 1', () => {
    for (const rate of [-0.1, 1, 1.5, NaN, Infinity])
      expectRefusal(() => dropout(rate), 'ERR_OUT_OF_RANGE', 'rate of dropout', '[0, 1)', String(rate));
    for (const rate of ['0.5', undefined, null])
      expectRefusal(() => dropout(rate as unknown as number), 'ERR_INVALID_ARGUMENT', 'rate of dropout');
    expect(dropout(0.25)).toEqual({ kind: 'dropout', rate: 0.25 });
  });
});

const pick = { loss: options.loss, optimizer: options.optimizer };
