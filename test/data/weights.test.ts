import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { crossEntropy } from '../../lib/losses/cross_entropy';
import { adam } from '../../lib/optimizers/adam';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { greatestError } from '../support/closeness';
import { dataOf, task, weighted } from '../support/examples';
import { withThreads } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { ReferenceNetwork } from '../support/reference_network';
import { expectRefusal } from '../support/refusals';

const make = () =>
  network({ inputs: 4, layers: [dense(5, { activation: 'tanh' }), dense(3)], type: 'float64', seed: 2 });
const plain = task(60, 4, 3, 'crossEntropy', 'classes');
const { data, examples } = weighted(plain);
const weights = examples.map(({ weight }) => weight!);
const inputs = examples.map((example) => Array.from(example.inputs));
const targets = examples.map((example) => example.targets[0]!);
const options = { loss: 'crossEntropy', metrics: ['accuracy'] } as const;

describe('weights of examples', () => {
  test('that are whole numbers repeat examples', () => {
    const counts = range(60).map((i) => i % 4);
    const repeated = dataOf(plain.examples.flatMap((example, i) => range(counts[i]!).map(() => example)));
    const ours = new Dataset({ inputs, targets, weights: counts, type: 'float64' });
    const [one, other] = [make(), make()];
    for (const loss of ['crossEntropy', crossEntropy({ labelSmoothing: 0.1, classWeights: [1, 3, 2] })] as const) {
      const expected = one.evaluate(repeated, { ...options, loss });
      const found = one.evaluate(ours, { ...options, loss });
      expect(found.loss).toBeCloseTo(expected.loss, 13);
      expect(found.accuracy).toBeCloseTo(expected.accuracy!, 13);
      new Trainer(one, { loss, optimizer: sgd({ learningRate: 1 }) }).step(inputs, targets, { weights: counts });
      new Trainer(other, { loss, optimizer: sgd({ learningRate: 1 }) }).step(
        inputs.flatMap((row, i) => range(counts[i]!).map(() => row)),
        targets.flatMap((target, i) => range(counts[i]!).map(() => target)),
      );
      expect(greatestError(one.parameters, other.parameters)).toBeLessThan(1e-14);
    }
  });

  test.each([
    ['arrays', weights],
    ['Float32Array', new Float32Array(weights)],
    ['Uint8Array', new Uint8Array(weights.map((w) => Math.ceil(w)))],
  ])('can be given as %s, and are copied', (_, given) => {
    const ours = new Dataset({ inputs, targets, weights: given, type: 'float64' });
    const rounded = examples.map((example, i) => ({ ...example, weight: given[i]! }));
    const { loss } = make().evaluate(ours, options);
    expect(loss).toBeCloseTo(new ReferenceNetwork(make()).loss(rounded, 'crossEntropy'), 13);
    const changed = given.slice();
    const before = new Dataset({ inputs, targets, weights: changed, type: 'float64' });
    changed.fill(1);
    expect(make().evaluate(before, options).loss).toBe(loss);
  });

  test('that are equal make no difference', async () => {
    const [one, other] = [make(), make()];
    const equal = new Dataset({ inputs, targets, weights: weights.map(() => 0.25), type: 'float64' });
    const fit = { ...options, optimizer: adam({ learningRate: 0.01 }), epochs: 3, seed: 3 };
    const [ours, theirs] = [await one.fit(equal, fit), await other.fit(plain.data, fit)];
    expect(ours.epochs.at(-1)!.loss).toBeCloseTo(theirs.epochs.at(-1)!.loss, 12);
    expect(greatestError(one.parameters, other.parameters)).toBeLessThan(1e-12);
  });

  test('stay with their rows in select and split', () => {
    const rows = [7, 3, 20, 4, 59];
    const chosen = data.select(rows);
    const reference = new ReferenceNetwork(make());
    const of = (numbers: Iterable<number>) => Array.from(numbers, (row) => examples[row]!);
    expect(make().evaluate(chosen, options).loss).toBeCloseTo(reference.loss(of(rows), 'crossEntropy'), 13);
    expect(make().evaluate(chosen.select([4, 2]), options).loss).toBeCloseTo(
      reference.loss(of([59, 20]), 'crossEntropy'),
      13,
    );
    for (const part of data.split({ validation: 0.3, seed: 5 })) {
      const ours = make().evaluate(part, options);
      expect(ours.loss).toBeCloseTo(reference.loss(of(part.rowNumbers), 'crossEntropy'), 13);
      expect(ours.accuracy).toBeCloseTo(reference.accuracy(of(part.rowNumbers), 'crossEntropy'), 13);
    }
  });

  test.each([1, 2])('make accumulated minibatches equal one large one, with %i thread(s)', async (threads) => {
    for (const loss of ['crossEntropy', crossEntropy({ classWeights: [1, 4, 0] })] as const) {
      const optimizer = adam({ learningRate: 0.02 });
      const [small, large] = [make(), make()];
      const fit = { loss, optimizer, shuffle: false, epochs: 2 };
      await withThreads(threads, async () => {
        await small.fit(data, { ...fit, batchSize: 5, accumulate: 3 });
        await large.fit(data, { ...fit, batchSize: 15 });
      });
      expect(greatestError(small.parameters, large.parameters)).toBeLessThan(1e-12);
    }
  });

  test('give equal bits with any number of threads', async () => {
    const train = async (threads: number) => {
      const model = make();
      const loss = crossEntropy({ classWeights: [1, 4, 0.5] });
      await withThreads(threads, () => model.fit(data, { loss, optimizer: adam(), batchSize: 17, epochs: 3, seed: 1 }));
      return model.parameters;
    };
    const alone = await train(1);
    for (const threads of [2, 3]) expect(await train(threads)).toEqual(alone);
  });

  test('do not apply to validation', async () => {
    const model = make();
    const { epochs } = await model.fit(plain.data, {
      ...options,
      optimizer: sgd({ learningRate: 0.1 }),
      validation: data,
    });
    const reference = new ReferenceNetwork(model);
    expect(epochs[0]!.validation!.loss).toBeCloseTo(reference.loss(examples, 'crossEntropy'), 13);
    expect(epochs[0]!.validation!.accuracy).toBeCloseTo(reference.accuracy(examples, 'crossEntropy'), 13);
  });
});

describe('minibatches of weight zero', () => {
  const zeros = weights.map((weight, i) => (i < 20 ? 0 : weight)); // the first four of five
  const some = new Dataset({ inputs, targets, weights: zeros, type: 'float64' });
  const fit = { ...options, batchSize: 5, shuffle: false };

  test.each(['float32', 'float64'] as const)('have gradients of 0, in %s', async (type) => {
    const model = network({ inputs: 4, layers: [dense(3)], type, seed: 2 });
    const before = model.parameters.slice();
    const trainer = new Trainer(model, { loss: 'crossEntropy', optimizer: sgd({ learningRate: 1, momentum: 0.9 }) });
    const only = new Dataset({ inputs, targets, weights: zeros.map((_, i) => Number(i === 59)), type: 'float64' });
    const { epochs } = await trainer.fit(only, { batchSize: 55, shuffle: false });
    const other = network({ inputs: 4, layers: [dense(3)], type, seed: 2 });
    expect(other.parameters).toEqual(before);
    new Trainer(other, { loss: 'crossEntropy', optimizer: sgd({ learningRate: 1 }) }).step(
      inputs.slice(59),
      targets.slice(59),
    );
    expect(greatestError(model.parameters, other.parameters)).toBeLessThan(type === 'float64' ? 1e-14 : 1e-6);
    expect(epochs[0]!.loss).toBeGreaterThan(0);
  });

  test('do not count when gradients accumulate, and cause no NaN in their own step', async () => {
    const [small, large] = [make(), make()];
    const optimizer = sgd({ learningRate: 0.5 });
    const { epochs } = await small.fit(some, { ...fit, optimizer, accumulate: 2 });
    await large.fit(some, { ...fit, optimizer, batchSize: 10 });
    expect(greatestError(small.parameters, large.parameters)).toBeLessThan(1e-13);
    expect(epochs[0]!.loss).toBeGreaterThan(0);
    expect(epochs[0]!.accuracy).toBeLessThanOrEqual(1);
  });

  test('do not count in the scores of an epoch', async () => {
    const { epochs } = await make().fit(some, { ...fit, optimizer: sgd({ learningRate: 0 }) });
    const expected = make().evaluate(some, options);
    expect(epochs[0]!.loss).toBeCloseTo(expected.loss, 12);
    expect(epochs[0]!.accuracy).toBeCloseTo(expected.accuracy!, 12);
  });
});

describe('a step on weighted rows', () => {
  test('equals a run on one minibatch, and reports the weighted scores', async () => {
    const [stepped, ran] = [make(), make()];
    const trainer = new Trainer(stepped, { ...options, optimizer: adam({ learningRate: 0.01 }) });
    const report = trainer.step(inputs, targets, { weights });
    await ran.fit(data, { ...options, optimizer: adam({ learningRate: 0.01 }), batchSize: 60, shuffle: false });
    expect(stepped.parameters).toEqual(ran.parameters);
    const reference = new ReferenceNetwork(make());
    expect(report.loss).toBeCloseTo(reference.loss(examples, 'crossEntropy'), 13);
    expect(report.accuracy).toBeCloseTo(reference.accuracy(examples, 'crossEntropy'), 13);
  });

  test('does not affect the weights of the next one', () => {
    const trainer = new Trainer(make(), { ...options, optimizer: sgd({ learningRate: 0 }) });
    const all = trainer.step(inputs, targets);
    expect(trainer.step(inputs, targets, { weights }).loss).not.toBeCloseTo(all.loss, 6);
    expect(trainer.step(inputs, targets)).toEqual({ ...all, steps: 3 });
  });
});

describe('refuses weights', () => {
  const dataset = (weights: unknown) => () =>
    new Dataset({ inputs: [[1], [2]], targets: [0, 1], weights: weights as number[] });
  const trainer = new Trainer(network({ inputs: 1, layers: [dense(2)] }), {
    ...options,
    optimizer: sgd({ learningRate: 1 }),
  });
  const step = (weights: unknown) => () => trainer.step([[1], [2]], [0, 1], { weights: weights as number[] });

  test.each([
    ['Dataset', dataset],
    ['step', step],
  ])('by index, in %s', (_, given) => {
    expectRefusal(given([1, -1]), 'ERR_OUT_OF_RANGE', 'weights[1]', '-1');
    expectRefusal(given([Number.NaN, 1]), 'ERR_OUT_OF_RANGE', 'weights[0]', 'NaN');
    expectRefusal(given([1, Number.POSITIVE_INFINITY]), 'ERR_OUT_OF_RANGE', 'weights[1]', 'Infinity');
    expectRefusal(given([1, '1']), 'ERR_INVALID_ARGUMENT', 'weights[1]', '"1"');
    expectRefusal(given([1]), 'ERR_SHAPE', 'weights has 1 elements', '2 rows');
    expectRefusal(given([0, 0]), 'ERR_OUT_OF_RANGE', 'weights', 'is 0');
    expectRefusal(given([1e308, 1e308]), 'ERR_OUT_OF_RANGE', 'weights', 'Infinity');
    for (const wrong of [3, 'ab', {}, null, new BigInt64Array(2)])
      expectRefusal(given(wrong), 'ERR_INVALID_ARGUMENT', 'for weights');
    const gone = new Float64Array([1, 1]);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expectRefusal(given(gone), 'ERR_DETACHED', 'weights');
  });

  test('without targets', () => {
    expectRefusal(() => new Dataset({ inputs: [[1]], weights: [1] }), 'ERR_INVALID_ARGUMENT', 'weights', 'no targets');
  });

  test('that sum to 0 over the rows in use, before training starts', () => {
    const nothing = data.select([3, 8]);
    const model = make();
    const optimizer = sgd({ learningRate: 1 });
    expectRefusal(() => model.evaluate(nothing, options), 'ERR_OUT_OF_RANGE', 'the weights of all 2 rows sum to 0');
    expectRefusal(
      () => model.evaluate(data.select([3]), options),
      'ERR_OUT_OF_RANGE',
      'the weight of the only row is 0',
    );
    expectRefusal(() => model.fit(nothing, { ...options, optimizer }), 'ERR_OUT_OF_RANGE', 'sum to 0');
    expectRefusal(
      () => model.fit(data, { ...options, optimizer, validation: nothing }),
      'ERR_OUT_OF_RANGE',
      'validation: the weights of all 2 rows sum to 0',
    );
  });
});
