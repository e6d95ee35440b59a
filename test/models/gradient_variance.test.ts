import type { FloatArray } from '../../lib/addon';
import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { batchNorm } from '../../lib/layers/batch_norm';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import { input } from '../../lib/layers/input';
import { layerNorm } from '../../lib/layers/layer_norm';
import { parallel } from '../../lib/layers/parallel';
import { globalPool } from '../../lib/layers/pool';
import type { LossLike } from '../../lib/losses/loss';
import type { GradientVariance } from '../../lib/models/options';
import { sgd } from '../../lib/optimizers/sgd';
import { linear } from '../../lib/training/linear';
import { type Network, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { type Targets, task, weighted } from '../support/examples';
import { withThreads } from '../support/instruction_sets';
import { targetsOfLoss, targetsOfOptions } from '../support/loss_examples';
import { normal, range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectRefusal } from '../support/refusals';

const make = (type: 'float32' | 'float64' = 'float64') =>
  network({ inputs: 5, layers: [dense(7, { activation: 'gelu' }), dense(4)], type, seed: 2 });

/** The variance by its definition, example by example, in two passes. */
function plainly(model: Network, data: Dataset, loss: LossLike, weights = range(data.rows).map(() => 1)) {
  const rows = range(data.rows).filter((i) => weights[i]! > 0);
  const gradients = rows.map((i) => model.gradient(data.select([i]), { loss }).gradient);
  const mean = (numberOf: (gradient: FloatArray) => number) => {
    const sums = rows.map((row, i) => weights[row]! * numberOf(gradients[i]!));
    return sumOf(sums) / sumOf(rows.map((row) => weights[row]!));
  };
  const gradient = Float64Array.from(model.parameters, (_, j) => mean((g) => g[j]!));
  const variance = gradient.map((average, j) => mean((g) => (g[j]! - average) ** 2));
  return { gradient, variance, total: sumOf(variance) };
}

const sumOf = (numbers: ArrayLike<number>): number => Array.from(numbers).reduce((sum, x) => sum + x, 0);

function expectClose(actual: GradientVariance, expected: ReturnType<typeof plainly>, most: number): void {
  expect(greatestError(actual.gradient, expected.gradient)).toBeLessThan(most);
  expect(greatestError(actual.variance, expected.variance)).toBeLessThan(most);
  expect(Math.abs(actual.total - expected.total)).toBeLessThan(most * Math.max(1, expected.total));
}

/** The weight of each example in the mean loss, including that of its class. */
const weightsOf = (examples: { targets: number[]; weight?: number }[], loss: LossLike): number[] => {
  const ofClasses = typeof loss === 'object' && 'classWeights' in loss ? (loss.classWeights as number[]) : undefined;
  return examples.map(
    ({ targets, weight = 1 }) => weight * (ofClasses && targets.length === 1 ? ofClasses[targets[0]!]! : 1),
  );
};

/** Whether label smoothing adds losses for examples of a class of weight 0, which have no weight in the mean. */
const smoothsWeightless = (loss: LossLike): boolean => {
  const { labelSmoothing = 0, classWeights = [] } = Object(loss) as {
    labelSmoothing?: number;
    classWeights?: number[];
  };
  return labelSmoothing > 0 && classWeights.includes(0);
};

describe.each([...targetsOfLoss, ...targetsOfOptions])('under %p of %s', (loss: LossLike, targets: Targets) => {
  const given = task(150, 5, 4, loss, targets);

  test.each([
    ['examples without weights', given],
    ['examples with weights', weighted(given)],
  ])('the variance over 150 %s equals that of the plain reference', (_, { data, examples }) => {
    const model = make();
    const found = model.gradientVariance(data, { loss });
    expectClose(found, plainly(model, data, loss, weightsOf(examples, loss)), 1e-12);
    const { loss: value, gradient } = model.gradient(data, { loss });
    expect(found.loss).toBeCloseTo(value, 12);
    if (!smoothsWeightless(loss)) expect(greatestError(found.gradient, gradient)).toBeLessThan(1e-12);
  });

  test('the variance in float32 is close to that in float64', () => {
    const [single, double] = [make('float32'), make()];
    double.parameters.set(single.parameters);
    const [few, all] = [single, double].map((model) => model.gradientVariance(given.data, { loss }));
    expect(few!.variance).toBeInstanceOf(Float32Array);
    expectClose(
      few!,
      { ...all!, gradient: Float64Array.from(all!.gradient), variance: Float64Array.from(all!.variance) },
      2e-5,
    );
  });
});

describe('the variance of gradients', () => {
  const { data } = task(40, 5, 4, 'crossEntropy', 'classes');

  test.each(['float32', 'float64'] as const)('of one repeated example is 0, in %s', (type) => {
    const model = make(type);
    for (const rows of [1, 2, 3, 100, 1000]) {
      const same = data.select(range(rows).map(() => 7));
      const { gradient, variance, total } = model.gradientVariance(same, { loss: 'crossEntropy' });
      expect([...variance].every((x) => x === 0)).toBe(true);
      expect(total).toBe(0);
      expectSameBits(gradient, model.gradient(data.select([7]), { loss: 'crossEntropy' }).gradient);
    }
  });

  test('is accurate in float32 for gradients that differ by a millionth', () => {
    // The model is x·w at w = 0 with x = 1, so gᵢ = −2tᵢ.
    const targets = range(1000).map((i) => 1_000_000 + (i % 2));
    const model = linear({ inputs: 1, bias: false });
    const { gradient, variance } = model.gradientVariance(
      new Dataset({ inputs: range(1000).map(() => [1]), targets }),
      { loss: 'squared' },
    );
    expect(gradient[0]).toBe(-2_000_001);
    expect(variance[0]).toBeCloseTo(1, 9);
  });

  test('counts a weight of 2 as two rows', () => {
    const { examples } = task(12, 5, 4, 'squared', 'numbers');
    const [inputs, targets] = [
      examples.map(({ inputs }) => Array.from(inputs)),
      examples.map(({ targets }) => targets),
    ];
    const twice = range(12).filter((i) => i % 3 === 0);
    const heavy = new Dataset({
      inputs,
      targets,
      type: 'float64',
      weights: range(12).map((i) => (i % 3 === 0 ? 2 : 1)),
    });
    const plain = new Dataset({ inputs, targets, type: 'float64' });
    const model = make();
    const many = model.gradientVariance(plain.select([...range(12), ...twice]), { loss: 'squared' });
    const found = model.gradientVariance(heavy, { loss: 'squared' });
    expectClose(found, many as ReturnType<typeof plainly>, 1e-12);
    expect(found.loss).toBeCloseTo(many.loss, 12);
  });

  test('predicts the variance of minibatches, with and without replacement: all pairs and triples of six', () => {
    const model = make();
    const six = data.select(range(6));
    const { gradient, total } = model.gradientVariance(six, { loss: 'crossEntropy' });
    const scatter = (subsets: number[][]) => {
      const squares = subsets.map((rows) => {
        const ofSubset = model.gradient(six.select(rows), { loss: 'crossEntropy' }).gradient;
        return sumOf(Array.from(ofSubset, (g, j) => (g - gradient[j]!) ** 2));
      });
      return sumOf(squares) / squares.length;
    };
    const tuples = (k: number): number[][] =>
      k === 0 ? [[]] : tuples(k - 1).flatMap((tuple) => range(6).map((i) => [...tuple, i]));
    for (const k of [2, 3]) {
      const ascending = tuples(k).filter((rows) => rows.every((row, i) => i === 0 || row > rows[i - 1]!));
      expect(scatter(tuples(k))).toBeCloseTo(total / k, 12);
      expect(scatter(ascending)).toBeCloseTo((total / k) * ((6 - k) / 5), 12);
    }
  });

  test('does not change parameters and data', () => {
    const model = make();
    const before = model.parameters.slice();
    const once = model.gradientVariance(data, { loss: 'crossEntropy' });
    expect(model.gradientVariance(data, { loss: 'crossEntropy' })).toEqual(once);
    expectSameBits(model.parameters, before);
  });
});

describe('the variance of gradients of every kind of layer', () => {
  const loss = 'squared';
  const numbers = normal(3);

  test('of images, convolutions and normalisations, equals that of the plain reference', () => {
    const model = network({
      inputs: { height: 6, width: 5, channels: 2 },
      layers: [
        conv2d(4, { activation: 'silu', padding: 'same' }),
        batchNorm({ activation: 'tanh' }),
        dropout(0.4),
        conv2d(3),
        globalPool(),
        layerNorm(),
        dense(2),
      ],
      type: 'float64',
      seed: 1,
    });
    model.tensors.get('layers.1.mean')!.data.forEach((_, i, mean) => {
      mean[i] = 0.1 * numbers();
    });
    const { data } = task(37, 60, 2, loss, 'numbers');
    const found = model.gradientVariance(data, { loss });
    expectClose(found, plainly(model, data, loss), 1e-12);
    for (const name of ['mean', 'variance']) {
      const { data: statistics } = model.tensors.get(`layers.1.${name}`)!;
      const offset = (statistics.byteOffset - model.parameters.byteOffset) / 8;
      expect([...found.variance.subarray(offset, offset + 4)]).toEqual([0, 0, 0, 0]);
    }
    expect(found.total).toBeGreaterThan(0);
  });

  test('of sparse columns, equals that of their dense form', () => {
    const rows = range(50).map(
      (i) =>
        [
          [i % 7, 1 + (i % 3)],
          [7 + (i % 4), 0.5 * (i % 5)],
        ] as [number, number][],
    );
    const full = rows.map((row) => range(13).map((j) => row.find(([column]) => column === j)?.[1] ?? 0));
    const targets = range(50).map((i) => Math.sin(i));
    const weights = range(50).map((i) => (i % 6 === 1 ? 0 : 1 + (i % 2)));
    const few = new Dataset({ inputs: sparse({ columns: 13, rows }), targets, weights });
    const all = new Dataset({ inputs: full, targets, weights });
    const layers = [dense(3, { activation: 'tanh' }), dense(1)] as const;
    const [one, other] = [{ sparse: 13 }, 13].map((inputs) => network({ inputs, layers, type: 'float64', seed: 1 }));
    other!.parameters.set(one!.parameters);
    const found = one!.gradientVariance(few, { loss });
    expectClose(found, other!.gradientVariance(all, { loss }) as ReturnType<typeof plainly>, 1e-12);
    expectClose(found, plainly(one!, few, loss, weights), 1e-12);
    const { variance } = found;
    expect([...variance.subarray(11 * 3, 13 * 3)].every((x) => x === 0)).toBe(true); // columns that occur in no row
  });

  test('of categories beside numbers, equals that of the plain reference', () => {
    const inputs = {
      place: categories({ values: range(45).map((i) => [i % 3, (i * i) % 5]), cardinalities: [3, 9] }),
      size: range(45).map(() => [numbers(), numbers()]),
    };
    const data = new Dataset({ inputs, targets: range(45).map(numbers) });
    const model = network({
      inputs: data,
      layers: [
        parallel([[input('size')], [input('place'), embedding({ dimensions: 3 })]]),
        dense(6, { activation: 'gelu' }),
        dense(1),
      ],
      type: 'float64',
      seed: 4,
    });
    expectClose(model.gradientVariance(data, { loss }), plainly(model, data, loss), 1e-12);
  });

  test('of a category that all examples share, is 0 if they are equal', () => {
    const data = new Dataset({
      inputs: categories({ values: range(20).map(() => [1]) }),
      targets: range(20).map(() => 3),
    });
    const model = network({ inputs: data, layers: [embedding({ dimensions: 2 }), dense(1)], seed: 1 });
    expect(model.gradientVariance(data, { loss }).total).toBe(0);
  });
});

describe('the variance of gradients and threads', () => {
  const deep = (type: 'float32' | 'float64') =>
    network({
      inputs: { height: 8, width: 8 },
      layers: [conv2d(5, { activation: 'silu' }), batchNorm(), flatten(), dense(70, { activation: 'relu' }), dense(4)],
      type,
      seed: 3,
    });
  const { data } = weighted(task(83, 64, 4, 'crossEntropy', 'classes'));
  const clicks = new Dataset({
    inputs: sparse({ columns: 90, rows: range(200).map((i) => range(9).map((k) => (i * (k + 3) + k) % 90)) }),
    targets: range(200).map((i) => i % 2),
  });

  test.each(['float32', 'float64'] as const)('has the same bits with any number of them, in %s', async (type) => {
    const models: [Network, Dataset, LossLike][] = [
      [deep(type), data, 'crossEntropy'],
      [
        network({ inputs: { sparse: 90 }, layers: [dense(5, { activation: 'tanh' }), dense(1)], type }),
        clicks,
        'logistic',
      ],
    ];
    for (const [model, examples, loss] of models) {
      const found: GradientVariance[] = [];
      for (const threads of [1, 2, 3, 5])
        found.push(await withThreads(threads, () => model.gradientVariance(examples, { loss })));
      for (const { loss: value, gradient, variance, total } of found) {
        expect([value, total]).toEqual([found[0]!.loss, found[0]!.total]);
        expectSameBits(gradient, found[0]!.gradient);
        expectSameBits(variance, found[0]!.variance);
      }
    }
  });

  test('uses a recent step during a run', async () => {
    const model = make();
    const { data: some } = task(64, 5, 4, 'crossEntropy', 'classes');
    const run = model.fit(endless(some), {
      loss: 'crossEntropy',
      optimizer: sgd({ learningRate: 0.05 }),
      batchSize: 8,
    });
    await reached(run, 100);
    const { loss, variance, total } = model.gradientVariance(some, { loss: 'crossEntropy' });
    expect(loss).toBeLessThan(make().evaluate(some, { loss: 'crossEntropy' }).loss);
    expect(variance.every(Number.isFinite)).toBe(true);
    expect(total).toBeGreaterThan(0);
    run.stop();
    await run;
  });
});

describe('refuses the variance of gradients', () => {
  const model = make();
  const { data } = task(10, 5, 4, 'squared', 'numbers');
  const of = (given: unknown, options: object = { loss: 'squared' }) =>
    model.gradientVariance(given as Dataset, options as { loss: 'squared' });

  test('for wrong options', () => {
    expectRefusal(
      () => of(data, { loss: 'squared', training: true }),
      'ERR_INVALID_ARGUMENT',
      'gradientVariance',
      '"training"',
    );
    expectRefusal(() => of(data, { los: 'squared' }), 'ERR_INVALID_ARGUMENT', 'Did you mean "loss"?');
    expectRefusal(() => of(data, {}), 'ERR_INVALID_ARGUMENT', 'loss');
    expectRefusal(() => of(data, { loss: 'square' }), 'ERR_INVALID_ARGUMENT', 'Did you mean "squared"?');
  });

  test('for data that do not fit', () => {
    expectRefusal(() => of(new Dataset({ inputs: range(5), columns: 5 })), 'ERR_INVALID_ARGUMENT', 'targets');
    expectRefusal(() => of(new Dataset({ inputs: [[1, 2]], targets: [[1, 2, 3, 4]] })), 'ERR_SHAPE', '2', '5');
    const classes = new Dataset({ inputs: [range(5)], targets: [4] });
    expectRefusal(() => of(classes, { loss: 'crossEntropy' }), 'ERR_OUT_OF_RANGE', '4');
    expectRefusal(() => of([[1]]), 'ERR_INVALID_ARGUMENT', 'a Dataset');
    const { data: some } = weighted(task(20, 5, 4, 'squared', 'numbers'));
    expectRefusal(() => of(some.select([3, 8])), 'ERR_OUT_OF_RANGE', 'the weights of all 2 rows sum to 0');
    const disposed = new Dataset({ inputs: [range(5)], targets: [[1, 2, 3, 4]] });
    disposed.dispose();
    expectRefusal(() => of(disposed), 'ERR_DISPOSED');
  });
});
