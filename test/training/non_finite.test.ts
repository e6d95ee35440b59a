import type { FloatType } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { type FitOptions, type Network, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { task, unseen } from '../support/examples';
import { range } from '../support/numbers';
import { expectErrorOf, expectRefusal } from '../support/refusals';

const types: FloatType[] = ['float32', 'float64'];
const { data } = task(64, 4, 3, 'squared', 'numbers');
const batchSize = 8;

const maker = (type: FloatType) => () =>
  network({ inputs: 4, layers: [dense(6, { activation: 'tanh' }), dense(3)], type, seed: 3 });

const without = (optimizer: Rule): FitOptions => ({ loss: 'squared', optimizer, batchSize, shuffle: false });

/** The failure of a run, parsed from its message. */
async function failureOf(
  model: Network,
  rows: Dataset,
  options: FitOptions,
): Promise<{ step: number; epoch: number; kept: number }> {
  const error: unknown = await model.fit(rows, options).catch((reason: unknown) => reason);
  expectErrorOf(error, 'ERR_NON_FINITE', 'learningRate');
  const told = /at step (\d+) \(epoch (\d+)\); parameters are as after step (\d+)\./.exec((error as Error).message);
  const [step, epoch, kept] = told!.slice(1).map(Number) as [number, number, number];
  return { step, epoch, kept };
}

/** The parameters of a new model after exactly this many steps. */
async function after(make: () => Network, steps: number, rows: Dataset, options: FitOptions) {
  const model = make();
  const order = range(steps * batchSize).map((i) => i % rows.rows);
  if (steps > 0) await model.fit(rows.select(order), { ...options, epochs: 1 });
  return model.parameters;
}

describe.each(types)('a run in %s', (type) => {
  const make = maker(type);

  test.each([
    ['sgd, a bit too fast', sgd({ learningRate: 3 })],
    ['sgd, far too fast', sgd({ learningRate: type === 'float32' ? 1e30 : 1e300 })],
    ['adam, far too fast', adam({ learningRate: type === 'float32' ? 1e37 : 1e307 })],
  ])(
    'that diverges (%s) fails with finite parameters, those of the step that the error names',
    async (_, optimizer) => {
      const model = make();
      const options = { ...without(optimizer), epochs: 10_000 };
      const { step, epoch, kept } = await failureOf(model, data, options);
      expect(model.parameters.every(Number.isFinite)).toBe(true);
      expect(kept).toBeLessThan(step);
      expect(epoch).toBe(Math.ceil(step / 8));
      expectSameBits(model.parameters, await after(make, kept, data, options));
    },
  );

  test('keeps the last finite parameters if they overflow', async () => {
    const linear = () => network({ inputs: 4, layers: [dense(3)], type, seed: 3 });
    const model = linear();
    const options = { ...without(sgd({ learningRate: type === 'float32' ? 1e20 : 1e160 })), epochs: 100 };
    const { kept } = await failureOf(model, data, options);
    let last = 0;
    while ((await after(linear, last + 1, data, options).catch(() => [NaN])).every(Number.isFinite)) last += 1;
    expect(last).toBeGreaterThan(0);
    expect(kept).toBe(last);
  });

  test.each([
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
  ])('over inputs with %s fails at their step, with the parameters of the one before', async (_, value) => {
    const inputs = range(40).map((i) => [1, 2, i === 29 ? value : 3, 4]);
    const rows = new Dataset({ ...unseen(inputs), targets: inputs.map(() => [1, 2, 3]) });
    const [model, options] = [make(), { ...without(adam()), epochs: 5 }];
    const { step, epoch, kept } = await failureOf(model, rows, options);
    expect([step, epoch, kept]).toEqual([4, 1, 3]);
    expectSameBits(model.parameters, await after(make, 3, rows, options));
  });

  test('that fails in its first step leaves the model as it was', async () => {
    const rows = new Dataset({ ...unseen([[NaN, 0, 0, 0]]), targets: [[1, 2, 3]] });
    const model = make();
    const { step, kept } = await failureOf(model, rows, without(adam()));
    expect([step, kept]).toEqual([1, 0]);
    expectSameBits(model.parameters, make().parameters);
  });

  test('that overflows in its last step fails as well', async () => {
    const model = make();
    const rows = new Dataset({ inputs: [[1, 1, 1, 1]], targets: [[100, 100, 100]] });
    const optimizer = sgd({ learningRate: type === 'float32' ? 1e38 : 1e308 });
    const { step, kept } = await failureOf(model, rows, without(optimizer));
    expect([step, kept]).toEqual([1, 0]);
    expectSameBits(model.parameters, make().parameters);
  });

  test('that fails leaves the model ready for another', async () => {
    const model = make();
    await failureOf(model, new Dataset({ ...unseen([[NaN, 0, 0, 0]]), targets: [[1, 2, 3]] }), without(adam()));
    expect(await model.fit(data, without(adam()))).toMatchObject({ status: 'completed' });
  });

  test('is refused if the parameters are not finite to begin with', () => {
    const model = make();
    model.parameters[5] = NaN;
    expectRefusal(() => model.fit(data, without(adam())), 'ERR_NON_FINITE', 'parameters', 'network');
    model.parameters[5] = 0;
    expect(() => model.fit(data, without(adam()))).not.toThrow();
  });
});

describe('a model that predicts from NaN', () => {
  test('returns NaN', () => {
    for (const activation of ['identity', 'relu', 'tanh', 'sigmoid', 'gelu'] as const) {
      const model = network({ inputs: 1, layers: [dense(1, { activation }), dense(1)] });
      expect(model.predict([NaN])).toEqual(Float32Array.of(NaN));
    }
  });
});
