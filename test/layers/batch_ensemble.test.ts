import { Dataset } from '../../lib/data/dataset';
import { type BatchEnsembleOptions, batchEnsemble, memberMean } from '../../lib/layers/batch_ensemble';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import type { Layer } from '../../lib/layers/layer';
import { softmax } from '../../lib/layers/softmax';
import { crossEntropy } from '../../lib/losses/cross_entropy';
import { custom } from '../../lib/losses/custom';
import type { LossLike } from '../../lib/losses/loss';
import { quantile } from '../../lib/losses/quantile';
import { adamw } from '../../lib/optimizers/adamw';
import { sgd } from '../../lib/optimizers/sgd';
import { type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { task } from '../support/examples';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { normal, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const members = 3;
const { data } = task(40, 6, 3, 'crossEntropy', 'classes');
const loss = { loss: 'crossEntropy' } as const;
const ensemble = (outputs: number, options: Partial<BatchEnsembleOptions> = {}) =>
  batchEnsemble(outputs, { members, ...options });

/** Layers with a dense layer before the members, so that the sum of their gradients is tested too. */
const stack = [
  dense(5, { activation: 'tanh' }),
  ensemble(70, { activation: 'silu', adapters: 'normal' }), // the next layer has several blocks of inputs
  ensemble(34, { activation: 'tanh', bias: false, adapters: 'normal' }),
  ensemble(3),
];

/** A network whose tensors all differ from their first values. */
function moved(layers: Layer[]): Network {
  const model = network({ inputs: 6, layers, type: 'float64', seed: 2 });
  const number = normal(5);
  for (let i = 0; i < model.parameters.length; ++i) model.parameters[i]! += 0.2 * number();
  return model;
}

/** The outputs of each member, [rows, members, outputs], of a network that ends with their mean. */
function ofMembers(model: Network, x: Dataset): Float64Array {
  const inner = network({ inputs: model.inputs, layers: model.layers.slice(0, -1), type: 'float64' });
  inner.parameters.set(model.parameters);
  return inner.predict(x) as Float64Array;
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

describe.each(instructionSets)('batchEnsemble on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  test('computes each member by its adapters', () => {
    const model = network({ inputs: 2, layers: [ensemble(1), ensemble(2)], type: 'float64' });
    const set = (name: string, values: number[]) => (model.tensors.get(name)!.data as Float64Array).set(values);
    set('layers.0.weight', [2, 3]);
    set('layers.0.r', [1, 1, 1, 0, 0, -1]);
    set('layers.0.s', [1, 10, 100]);
    set('layers.0.bias', [0, 1, 2]);
    expect([...model.predict([[5, 7]])].length).toBe(6);
    const first = [31, 10 * 10 + 1, 100 * -21 + 2];
    set('layers.1.weight', [1, -1]);
    set('layers.1.r', [1, 2, 3]);
    set('layers.1.s', [1, 1, 1, 2, 3, 1]);
    set('layers.1.bias', [0, 0, 5, 0, 0, 0]);
    expect([...model.predict([[5, 7]])]).toEqual([
      first[0],
      -first[0]!,
      2 * first[1]! + 5,
      -4 * first[1]!,
      9 * first[2]!,
      -3 * first[2]!,
    ]);
  });

  test.each([false, true])('has the gradient that differences of the loss show; in training: %s', (training) => {
    const model = moved([...stack, memberMean()]);
    const options = { ...loss, training };
    const { gradient } = model.gradient(data, options);
    const before = model.parameters.slice();
    const lossAt = (i: number, step: number) => {
      model.parameters.set(before);
      model.parameters[i]! += step;
      return training ? model.gradient(data, options).loss : model.evaluate(data, loss).loss;
    };
    const some = range(before.length).filter((i) => i % 17 === 0);
    const differences = some.map((i) => (lossAt(i, 1e-5) - lossAt(i, -1e-5)) / 2e-5);
    expect(
      greatestError(
        Float64Array.from(some, (i) => gradient[i]!),
        differences,
      ),
    ).toBeLessThan(1e-8);
  });

  test.each([false, true])('has the product with the Hessian that gradients show; in training: %s', (training) => {
    const model = moved([...stack, memberMean()]);
    const options = { ...loss, training };
    const number = normal(3);
    const direction = model.parameters.map(() => number());
    const product = model.hessianVectorProduct(data, direction, options);
    const before = model.parameters.slice();
    const [forward, back] = [1e-5, -1e-5].map((step) => {
      model.parameters.set(before.map((x, i) => x + step * direction[i]!));
      return model.gradient(data, options).gradient;
    });
    const differences = before.map((_, i) => (forward![i]! - back![i]!) / 2e-5);
    expect(greatestError(product, differences)).toBeLessThan(1e-6);
  });
});

test('starts with signs where members read the same, and with ones behind', () => {
  const model = network({ inputs: 40, layers: [ensemble(3), ensemble(3), memberMean()] });
  const values = (name: string) => [...model.tensors.get(name)!.data];
  expect(new Set(values('layers.0.r'))).toEqual(new Set([1, -1]));
  expect(Math.abs(mean(values('layers.0.r')))).toBeLessThan(0.5);
  for (const name of ['layers.0.s', 'layers.1.r', 'layers.1.s']) expect(new Set(values(name))).toEqual(new Set([1]));
  expect(new Set([...values('layers.0.bias'), ...values('layers.1.bias')])).toEqual(new Set([0]));
  const startOf = (adapters: 'ones' | 'signs' | 'normal') => {
    const { tensors } = network({ inputs: 400, layers: [ensemble(1, { adapters })] });
    return Array.from(tensors.get('layers.0.r')!.data);
  };
  expect(new Set(startOf('ones'))).toEqual(new Set([1]));
  expect(new Set(startOf('signs'))).toEqual(new Set([1, -1]));
  expect(mean(startOf('normal').map((x) => x ** 2))).toBeCloseTo(1, 0);
});

test('a member is a dense layer with its own weights', () => {
  const model = moved([ensemble(4, { activation: 'elu' })]);
  const { data: weight } = model.tensors.get('layers.0.weight')!;
  const [r, s, bias] = ['r', 's', 'bias'].map((name) => model.tensors.get(`layers.0.${name}`)!.data);
  const outputs = model.predict(data);
  for (const m of range(members)) {
    const one = network({ inputs: 6, layers: [dense(4, { activation: 'elu' })], type: 'float64' });
    const own = one.tensors.get('layers.0.weight')!.data as Float64Array;
    own.set(Float64Array.from(weight, (w, at) => r![m * 6 + Math.floor(at / 4)]! * w * s![m * 4 + (at % 4)]!));
    (one.tensors.get('layers.0.bias')!.data as Float64Array).set(bias!.subarray(m * 4, m * 4 + 4));
    const expected = one.predict(data);
    const received = range(data.rows * 4).map((i) => outputs[(Math.floor(i / 4) * members + m) * 4 + (i % 4)]!);
    expect(greatestError(Float64Array.from(received), expected)).toBeLessThan(1e-13);
  }
});

test.each([1, 2, 32, 113])('trains %i members to the same bits with any number of threads', async (members) => {
  const layers = [
    dense(5),
    batchEnsemble(70, { members, activation: 'relu' }),
    dropout(0.1),
    batchEnsemble(33, { members, activation: 'gelu', adapters: 'normal' }),
    batchEnsemble(3, { members }),
    memberMean(),
  ];
  const trained = (threads: number) =>
    withThreads(threads, async () => {
      const model = network({ inputs: 6, layers, seed: 3 });
      await model.fit(data, { ...loss, optimizer: sgd({ learningRate: 0.1 }), batchSize: 33, epochs: 2, seed: 1 });
      return model.parameters;
    });
  const alone = await trained(1);
  for (const threads of [2, 3]) expectSameBits(await trained(threads), alone);
});

test('computes in bfloat16 nearly as in full precision, with the same bits for any number of threads', async () => {
  const layers = [
    dense(64, { activation: 'relu' }),
    ensemble(70, { activation: 'relu', adapters: 'normal' }),
    ensemble(33, { activation: 'silu' }),
    ensemble(3),
    memberMean(),
  ];
  const make = () => network({ inputs: 6, layers, seed: 3 });
  const options = { ...loss, optimizer: sgd({ learningRate: 0.1 }), batchSize: 19, epochs: 2, seed: 1 };
  const trained = (threads: number, precision: 'full' | 'bfloat16') =>
    withThreads(threads, async () => {
      const model = make();
      await model.fit(data, { ...options, precision });
      return model.parameters;
    });
  const [full, alone] = [await trained(1, 'full'), await trained(1, 'bfloat16')];
  for (const threads of [2, 3]) expectSameBits(await trained(threads, 'bfloat16'), alone);
  const change = greatestError(full, make().parameters);
  expect(greatestError(alone, full)).toBeLessThan(change / 20);
  expect(alone).not.toEqual(full);
  const outputs = make().predict(data);
  expect(greatestError(make().predict(data, { precision: 'bfloat16' }), outputs)).toBeLessThan(0.02);
});

describe('memberMean as the last layer', () => {
  test('predicts the mean of the members', () => {
    const model = moved([...stack, memberMean()]);
    const each = ofMembers(model, data);
    const expected = range(data.rows * 3).map((i) =>
      mean(range(members).map((m) => each[(Math.floor(i / 3) * members + m) * 3 + (i % 3)]!)),
    );
    expect(model.positions).toBe(1);
    expect(greatestError(model.predict(data), expected)).toBeLessThan(1e-13);
  });

  const number = normal(11);
  const inputs = range(40).map(() => range(6).map(number));
  const targets = range(40).map(() => range(3).map(number));
  const weights = range(40).map((i) => (i % 5) / 2);
  const classes = range(40).map((i) => [i % 3]);
  const ofEach = (rows: number[][]) => rows.map((row) => range(members).flatMap(() => row));

  const halfSquare = custom({
    value: ({ outputs, targets, rows }) =>
      Array.from(outputs).reduce((sum, y, i) => sum + (y - targets[i]!) ** 2, 0) / 2 / rows,
    gradient: ({ outputs, targets, rows }, gradient) => {
      for (let i = 0; i < gradient.length; ++i) gradient[i] = (outputs[i]! - targets[i]!) / rows;
    },
  });
  const cases: Record<string, { loss: LossLike; targets: number[][]; weights?: number[] }> = {
    squared: { loss: 'squared', targets },
    'squared, with weights': { loss: 'squared', targets, weights },
    'classes with weights': {
      loss: crossEntropy({ classWeights: [1, 3, 0.5], labelSmoothing: 0.1 }),
      targets: classes,
      weights,
    },
    'quantiles of one target': { loss: quantile({ quantile: [0.1, 0.5, 0.9] }), targets: targets.map(([t]) => [t!]) },
    custom: { loss: halfSquare, targets },
  };

  test.each(Object.entries(cases))(
    'a step minimises the mean loss of the members: %s',
    (_, { loss, targets, weights }) => {
      const start = moved([...stack, memberMean()]);
      const plain = network({ inputs: 6, layers: stack, type: 'float64' });
      const begin = start.parameters.slice();
      const stepped = [
        { model: start, y: targets },
        { model: plain, y: ofEach(targets) },
      ].map(({ model, y }) => {
        model.parameters.set(begin);
        const trainer = new Trainer(model, { loss, optimizer: sgd({ learningRate: 0.1 }) });
        const report = trainer.step(inputs, y, { weights });
        return { loss: report.loss, parameters: model.parameters };
      });
      const [members, expected] = stepped as [(typeof stepped)[0], (typeof stepped)[0]];
      expect(members.loss).toBeCloseTo(expected.loss, 13);
      expect(greatestError(members.parameters, expected.parameters)).toBeLessThan(1e-13);
    },
  );

  test('is evaluated, and validated in a run', async () => {
    const model = moved([...stack, memberMean()]);
    const rows = new Dataset({ inputs, targets });
    const squares = Array.from(model.predict(rows), (y, i) => (y - targets[Math.floor(i / 3)]![i % 3]!) ** 2);
    const { loss } = model.evaluate(rows, { loss: 'squared' });
    expect(loss).toBeCloseTo(3 * mean(squares), 12);
    expect(model.gradient(rows, { loss: 'squared' }).loss).toBeCloseTo(loss, 13);
    expect(model.gradient(rows, { loss: 'squared', training: true }).loss).toBeGreaterThan(loss + 0.01); // Jensen
    const history = await model.fit(rows, {
      loss: 'squared',
      optimizer: sgd({ learningRate: 1e-3 }),
      epochs: 1,
      validation: rows,
    });
    expect(history.epochs.at(-1)!.validation!.loss).toBeCloseTo(model.evaluate(rows, { loss: 'squared' }).loss, 12);
  });

  test('may be followed by the softmax that a loss leaves out', () => {
    const models = [
      [...stack, memberMean()],
      [...stack, memberMean(), softmax()],
    ].map((layers) => moved(layers));
    const [logits, shares] = models as [Network, Network];
    const options = { ...loss, training: true };
    expectSameBits(shares.gradient(data, options).gradient, logits.gradient(data, options).gradient);
    expect(mean(shares.predict(data))).toBeCloseTo(1 / 3, 12);
  });

  test('is no more than a mean elsewhere', () => {
    const model = moved([...stack, memberMean(), dense(3)]);
    const [still, training] = [false, true].map((training) => model.gradient(data, { ...loss, training }));
    expect(training!.loss).toBeCloseTo(still!.loss, 13);
  });
});

test('adapters decay, biases do not', async () => {
  const model = moved([ensemble(3), memberMean()]);
  const before = new Map([...model.tensors].map(([name, { data }]) => [name, data.slice()]));
  const rows = new Dataset({
    inputs: range(4).map(() => range(6).map(() => 0)),
    targets: range(4).map(() => [0, 0, 0]),
  });
  const optimizer = adamw({ learningRate: 0.1, weightDecay: 0.5 });
  await model.fit(rows, { loss: 'squared', optimizer, epochs: 1, batchSize: 4 });
  for (const name of ['weight', 'r']) {
    const { data } = model.tensors.get(`layers.0.${name}`)!;
    expect(data[0]).toBeCloseTo(0.95 * before.get(`layers.0.${name}`)![0]!, 12); // no gradient: inputs are 0
  }
  expect(model.tensors.get('layers.0.bias')!.data[0]).not.toBeCloseTo(0.95 * before.get('layers.0.bias')![0]!, 3);
});

test('refuses other positions, options and members', () => {
  const twoAndThree = [batchEnsemble(4, { members: 2 }), batchEnsemble(4, { members: 3 })];
  expectRefusal(() => network({ inputs: 6, layers: twoAndThree }), 'ERR_SHAPE', 'layers.1', '3 members', '2 positions');
  const image = { height: 1, width: 3, channels: 2 };
  expectRefusal(() => network({ inputs: image, layers: [ensemble(4)] }), 'ERR_SHAPE', 'layers.0', '3 members', 'image');
  expectRefusal(() => batchEnsemble(4, { members: 0 }), 'ERR_OUT_OF_RANGE', 'members');
  expectRefusal(() => batchEnsemble(4, {} as never), 'ERR_INVALID_ARGUMENT', 'members');
  expectRefusal(() => ensemble(4, { adapters: 'sign' as never }), 'ERR_INVALID_ARGUMENT', 'adapters', '"signs"');
  const sigmoids = network({ inputs: 6, layers: [ensemble(1, { activation: 'sigmoid' }), memberMean()] });
  const bits = new Dataset({ inputs: [[1, 2, 3, 4, 5, 6]], targets: [[1]] });
  expectRefusal(() => sigmoids.evaluate(bits, { loss: 'logistic' }), 'ERR_INVALID_ARGUMENT', 'sigmoid');
});

test('is made anew from JSON', () => {
  const layers = [...stack, memberMean()];
  const again = JSON.parse(JSON.stringify(layers)) as Layer[];
  expectSameBits(moved(again).predict(data), moved(layers).predict(data));
});
