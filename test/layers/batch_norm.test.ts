import { Dataset } from '../../lib/data/dataset';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { adamw } from '../../lib/optimizers/adamw';
import { ema } from '../../lib/optimizers/average';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { type FitOptions, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { expectRefusal, expectRejection } from '../support/refusals';

const { data, examples } = task(22, 3, 2, 'squared', 'numbers');
const make = (momentum = 0.25) =>
  network({ inputs: 3, layers: [batchNorm({ momentum }), dense(2)], type: 'float64', seed: 1 });
const statistics = (model: ReturnType<typeof make>) =>
  ['mean', 'variance'].map((name) => Array.from(model.tensors.get(`layers.0.${name}`)!.data));

/** Moving averages of mean and variance over minibatches of the inputs. */
function movingAverages(batchSize: number, momentum: number) {
  const mean = [0, 0, 0];
  const variance = [1, 1, 1];
  for (let i = 0; i < examples.length; i += batchSize) {
    const some = examples.slice(i, i + batchSize);
    if (some.length < 2) continue;
    for (const c of range(3)) {
      const values = some.map(({ inputs }) => inputs[c]!);
      const average = values.reduce((sum, x) => sum + x, 0) / values.length;
      const spread = values.reduce((sum, x) => sum + (x - average) ** 2, 0) / (values.length - 1);
      mean[c]! += momentum * (average - mean[c]!);
      variance[c]! += momentum * (spread - variance[c]!);
    }
  }
  return [mean, variance];
}

const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.1 }), shuffle: false } as const;

describe('the statistics of batchNorm', () => {
  test.each([2, 5, 7, 22])('are moving averages over minibatches of %i', async (batchSize) => {
    const model = make();
    await model.fit(data, { ...options, batchSize });
    const expected = movingAverages(batchSize, 0.25);
    expect(greatestError(statistics(model).flat(), expected.flat())).toBeLessThan(1e-13);
  });

  test('are not changed by minibatches of one row, and their outputs are the biases', async () => {
    const model = make();
    const bias = model.tensors.get('layers.1.bias')!.data.slice();
    const { epochs } = await model.fit(data, { ...options, optimizer: sgd({ learningRate: 0 }), batchSize: 1 });
    expect(statistics(model)).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    const losses = examples.map(({ targets }) => targets.reduce((sum, t, j) => sum + (bias[j]! - t) ** 2, 0));
    expect(epochs[0]!.loss).toBeCloseTo(losses.reduce((sum, x) => sum + x, 0) / 22, 12);
    expect(model.parameters.every(Number.isFinite)).toBe(true);
  });

  test('are used by predict', async () => {
    const model = make();
    await model.fit(data, { ...options, batchSize: 8, epochs: 5 });
    const [mean, variance] = statistics(model);
    const [scale, shift, weight, bias] = ['0.weight', '0.bias', '1.weight', '1.bias'].map(
      (name) => model.tensors.get(`layers.${name}`)!.data,
    );
    const expected = examples.flatMap(({ inputs }) =>
      range(2).map((j) =>
        range(3).reduce((sum, c) => {
          const standard = (inputs[c]! - mean![c]!) / Math.sqrt(variance![c]! + 1e-5);
          return sum + (standard * scale![c]! + shift![c]!) * weight![2 * c + j]!;
        }, bias![j]!),
      ),
    );
    expect(greatestError(model.predict(data), expected)).toBeLessThan(1e-12);
    // A row alone has the outputs that it has among others.
    const alone = range(22).flatMap((i) => [...model.predict(data.select([i]))]);
    expect(greatestError(alone, expected)).toBeLessThan(1e-12);
  });

  const rules: [string, Partial<FitOptions>][] = [
    ['decay', { optimizer: sgd({ learningRate: 0.1, weightDecay: 0.5 }) }],
    ['decoupled decay', { optimizer: adamw({ learningRate: 0.1, weightDecay: 0.5 }) }],
    ['an average', { average: ema({ decay: 0.5 }) }],
    ['a rule that evaluates elsewhere', { optimizer: scheduleFree({ learningRate: 0.1 }) }],
    ['clip', { clip: { norm: 0.1 } }],
    ['adaptive clip', { clip: { adaptive: 0.01 } }],
    [
      'groups',
      {
        groups: [{ tensors: ['layers.0.weight', 'layers.0.bias'], weightDecay: 0.5 }],
        optimizer: sgd({ learningRate: 0.1, weightDecay: 0.1 }),
      },
    ],
  ];

  test.each(rules)('are not changed by %s', async (_, told) => {
    const model = make();
    await model.fit(data, { ...options, ...told, batchSize: 7 });
    expect(greatestError(statistics(model).flat(), movingAverages(7, 0.25).flat())).toBeLessThan(1e-13);
  });

  test('continue over runs and steps of a trainer', async () => {
    const [mixed, whole] = [make(), make()];
    const trainer = new Trainer(mixed, { loss: 'squared', optimizer: options.optimizer, average: ema({ decay: 0.5 }) });
    const inputs = examples.slice(0, 7).map((example) => Array.from(example.inputs));
    trainer.step(
      inputs,
      examples.slice(0, 7).map(({ targets }) => targets),
    );
    await trainer.fit(data.select(range(15).map((i) => i + 7)), { batchSize: 7, shuffle: false });
    await whole.fit(data, { ...options, average: ema({ decay: 0.5 }), batchSize: 7 });
    expect(greatestError(mixed.parameters, whole.parameters)).toBeLessThan(1e-13);
  });

  test('cannot be trained or in a group', () => {
    const groups = [{ tensors: ['layers.0.mean'], frozen: true }];
    expectRefusal(() => make().fit(data, { ...options, groups }), 'ERR_INVALID_ARGUMENT', 'layers.0.mean');
  });

  test('have no gradient', () => {
    const model = make();
    for (const training of [true, false]) {
      const { gradient } = model.gradient(data, { loss: 'squared', training });
      expect([...gradient.subarray(6, 12)]).toEqual([0, 0, 0, 0, 0, 0]);
    }
  });

  test('stay finite: minibatches with an overflowing variance fail and change nothing', async () => {
    const model = network({ inputs: 1, layers: [batchNorm(), dense(1)] });
    const before = model.parameters.slice();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: options.optimizer });
    expectRefusal(() => trainer.step([[1e30], [-1e30]], [1, 2]), 'ERR_NON_FINITE');
    expectSameBits(model.parameters, before);
    const large = new Dataset({ inputs: [[1e30], [-1e30]], targets: [1, 2] });
    await expectRejection(model.fit(large, options), 'ERR_NON_FINITE');
    expectSameBits(model.parameters, before);
  });
});

describe('batchNorm', () => {
  test('does not decay its weights and biases, unless a group requests it', async () => {
    const still = { loss: 'squared', shuffle: false, batchSize: 22 } as const;
    const optimizer = adamw({ learningRate: 0.1, weightDecay: 0.5, epsilon: 1e30 }); // only decay moves parameters
    const [plain, grouped] = [make(), make()];
    plain.tensors.get('layers.0.bias')!.data.fill(2);
    grouped.parameters.set(plain.parameters);
    await plain.fit(data, { ...still, optimizer });
    const groups = [{ tensors: ['layers.0.weight', 'layers.0.bias'], weightDecay: 0.3 }];
    await grouped.fit(data, { ...still, optimizer, groups });
    const of = (model: typeof plain, name: string) => Array.from(model.tensors.get(name)!.data);
    const close = (actual: number[], expected: number) => {
      for (const x of actual) expect(x).toBeCloseTo(expected, 12);
    };
    close(of(plain, 'layers.0.weight'), 1);
    close(of(plain, 'layers.0.bias'), 2);
    close(of(grouped, 'layers.0.weight'), 0.97);
    close(of(grouped, 'layers.0.bias'), 1.94);
    const start = make().tensors.get('layers.1.weight')!.data;
    expect(
      greatestError(
        of(plain, 'layers.1.weight'),
        start.map((x) => 0.95 * x),
      ),
    ).toBeLessThan(1e-12);
  });

  test.each([1, 1e13, 1e15])('has the gradient of double precision in evaluation for inputs of about %s', (size) => {
    const inputs = range(6).map((i) => range(4).map((j) => size * Math.sin(i * j + 1)));
    const rows = new Dataset({ inputs, targets: range(6).map((i) => range(3).map((j) => i + j)) });
    const gradientOf = (type: 'float32' | 'float64') =>
      network({ inputs: 4, layers: [dense(4), batchNorm(), dense(3)], type, seed: 1 }).gradient(rows, {
        loss: 'squared',
      }).gradient;
    const [single, double] = [gradientOf('float32'), gradientOf('float64')];
    const largest = Math.max(...Array.from(double, Math.abs));
    for (const [i, slope] of double.entries()) expect(Math.abs(single[i]! - slope)).toBeLessThan(1e-5 * largest);
  });

  test('checks its options', () => {
    expectRefusal(() => batchNorm({ momentum: 0 }), 'ERR_OUT_OF_RANGE', 'momentum', '(0, 1]', '0');
    expectRefusal(() => batchNorm({ momentum: 1.1 }), 'ERR_OUT_OF_RANGE', 'momentum');
    expectRefusal(() => batchNorm({ epsilon: -1 }), 'ERR_OUT_OF_RANGE', 'epsilon');
    expectRefusal(() => batchNorm({ momentm: 1 } as object), 'ERR_INVALID_ARGUMENT', 'Did you mean "momentum"?');
    expect(batchNorm()).toEqual({ kind: 'batchNorm', epsilon: 1e-5, momentum: 0.1, activation: 'identity' });
  });

  test('keeps the last minibatch with a momentum of 1', async () => {
    const model = make(1);
    await model.fit(data, { ...options, batchSize: 11 });
    const expected = movingAverages(11, 1);
    expect(greatestError(statistics(model).flat(), expected.flat())).toBeLessThan(1e-13);
  });
});
