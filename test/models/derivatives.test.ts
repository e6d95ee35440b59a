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
import { crossEntropy } from '../../lib/losses/cross_entropy';
import { logistic } from '../../lib/losses/logistic';
import type { LossLike } from '../../lib/losses/loss';
import { sgd } from '../../lib/optimizers/sgd';
import { linear } from '../../lib/training/linear';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { type Targets, task, weighted } from '../support/examples';
import { withThreads } from '../support/instruction_sets';
import { targetsOfLoss, targetsOfOptions } from '../support/loss_examples';
import { normal, range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { ReferenceNetwork } from '../support/reference_network';
import { expectRefusal } from '../support/refusals';

const dot = (a: FloatArray, b: FloatArray) => range(a.length).reduce((sum, i) => sum + a[i]! * b[i]!, 0);
const vectorFor = ({ parameters }: { parameters: FloatArray }, seed: number) => {
  const number = normal(seed);
  return parameters.map(() => number());
};

const make = (type: 'float32' | 'float64' = 'float64') =>
  network({ inputs: 5, layers: [dense(7, { activation: 'gelu' }), dense(4)], type, seed: 2 });

describe.each([...targetsOfLoss, ...targetsOfOptions])('under %p of %s', (loss: LossLike, targets: Targets) => {
  const given = task(1000, 5, 4, loss, targets); // several parts

  test.each([
    ['examples without weights', given],
    ['examples with weights', weighted(given)],
  ])('the gradient over 1000 %s equals that of the plain reference', (_, { data, examples }) => {
    const model = make();
    const { loss: value, gradient } = model.gradient(data, { loss });
    const expected = new ReferenceNetwork(model).gradient(examples, loss);
    expect(value).toBeCloseTo(expected.loss, 11);
    expect(greatestError(gradient, expected.gradient)).toBeLessThan(1e-12);
    expect(value).toBeCloseTo(model.evaluate(data, { loss }).loss, 12);
    // The gradient of one minibatch of all examples is equal.
    expect(greatestError(model.gradient(data, { loss, training: true }).gradient, gradient)).toBeLessThan(1e-12);
  });

  test('the product is the mean of the products of the parts', () => {
    const model = make();
    const vector = vectorFor(model, 3);
    const { data } = given;
    const whole = model.hessianVectorProduct(data, vector, { loss });
    const parts = range(4).map((k) => data.select(range(250).map((i) => 4 * i + k)));
    const shares = parts.map((part) => shareOf(part.rowNumbers, given.examples, loss));
    const total = shares.reduce((sum, x) => sum + x, 0);
    const mean = new Float64Array(vector.length);
    for (const [k, part] of parts.entries())
      model.hessianVectorProduct(part, vector, { loss }).forEach((x, i) => {
        mean[i]! += (shares[k]! / total) * x;
      });
    expect(greatestError(whole, mean)).toBeLessThan(1e-12);
    expect(greatestError(model.hessianVectorProduct(data, vector, { loss, training: true }), whole)).toBeLessThan(
      1e-12,
    );
  });
});

/** The weight of some rows in the mean. */
function shareOf(rows: Uint32Array, examples: { targets: number[] }[], loss: LossLike): number {
  const classWeights = typeof loss === 'object' && 'classWeights' in loss ? (loss.classWeights as number[]) : undefined;
  return Array.from(rows).reduce((sum, i) => {
    const { targets } = examples[i]!;
    return sum + (classWeights && targets.length === 1 ? classWeights[targets[0]!]! : 1);
  }, 0);
}

describe('derivatives in float32', () => {
  test.each(targetsOfLoss)('are close to those in float64, under %p of %s', (loss, targets) => {
    const { data } = task(300, 5, 4, loss, targets);
    const [single, double] = [make('float32'), make()];
    double.parameters.set(single.parameters);
    const [few, all] = [single, double].map((model) => model.gradient(data, { loss }));
    expect(few!.gradient).toBeInstanceOf(Float32Array);
    expect(greatestError(few!.gradient, all!.gradient)).toBeLessThan(1e-5);
    const vector = vectorFor(single, 3);
    const [short, long] = [
      single.hessianVectorProduct(data, vector, { loss }),
      double.hessianVectorProduct(data, Float64Array.from(vector), { loss }),
    ];
    expect(greatestError(short, long)).toBeLessThan(3e-5);
  });
});

describe('Hessian-vector products', () => {
  const { data } = task(200, 5, 4, 'crossEntropy', 'classes');

  test('are linear in the vector', () => {
    const model = make();
    const [u, v] = [vectorFor(model, 1), vectorFor(model, 2)];
    const product = (vector: FloatArray) => model.hessianVectorProduct(data, vector, { loss: 'crossEntropy' });
    const both = product(u.map((x, i) => 2 * x - 3 * v[i]!));
    const [hu, hv] = [product(u), product(v)];
    expect(
      greatestError(
        both,
        hu.map((x, i) => 2 * x - 3 * hv[i]!),
      ),
    ).toBeLessThan(1e-13);
    expect(product(new Float64Array(u.length)).every((x) => x === 0)).toBe(true);
  });

  test('do not change vector, parameters and data', () => {
    const model = make();
    const vector = vectorFor(model, 1);
    const [before, parameters] = [vector.slice(), model.parameters.slice()];
    model.hessianVectorProduct(data, vector, { loss: 'crossEntropy' });
    expectSameBits(vector, before);
    expectSameBits(model.parameters, parameters);
  });

  const convex: [LossLike, Targets][] = [
    ['squared', 'numbers'],
    ['logistic', 'probabilities'],
    ['crossEntropy', 'classes'],
    ['crossEntropy', 'distributions'],
    ['poisson', 'counts'],
    ['huber', 'numbers'],
    ['squaredHinge', 'signs'],
    ['squaredHinge', 'classes'],
    [crossEntropy({ labelSmoothing: 0.2, classWeights: [1, 2, 3, 4] }), 'classes'],
    [logistic({ positiveWeight: 5 }), 'classes'],
  ];

  test.each(convex)('of linear models are positive semidefinite, under %p of %s', (loss, targets) => {
    const given = weighted(task(60, 5, 4, loss, targets));
    const model = linear({ inputs: 5, outputs: 4, type: 'float64' });
    for (const seed of range(20)) {
      model.parameters.set(vectorFor(model, 100 + seed));
      const v = vectorFor(model, seed);
      const curvature = dot(v, model.hessianVectorProduct(given.data, v, { loss }));
      expect(curvature).toBeGreaterThan(loss === 'huber' ? -1e-12 : 0);
    }
  });

  test('of linear least squares are 2XᵀX/n times the vector', () => {
    const { data, examples } = task(50, 4, 1, 'squared', 'numbers');
    const model = linear({ inputs: 4, type: 'float64' });
    const v = vectorFor(model, 1);
    const expected = range(5).map((k) => {
      const x = examples.map(({ inputs }) => [...Array.from(inputs), 1]);
      return x.reduce((sum, row) => sum + (2 * row[k]! * row.reduce((s, xi, i) => s + xi * v[i]!, 0)) / 50, 0);
    });
    expect(greatestError(model.hessianVectorProduct(data, v, { loss: 'squared' }), expected)).toBeLessThan(1e-14);
  });

  test('of sparse columns and categories equal those of their dense form', () => {
    const rows = range(40).map((i) => [i % 7, 7 + (i % 3)]);
    const dense7 = rows.map((row) => range(10).map((j) => Number(row.includes(j))));
    const targets = range(40).map((i) => Math.sin(i));
    const few = new Dataset({ inputs: sparse({ columns: 10, rows }), targets });
    const all = new Dataset({ inputs: dense7, targets });
    const layers = [dense(3, { activation: 'tanh' }), dense(1)] as const;
    const [one, other] = [{ sparse: 10 }, 10].map((inputs) => network({ inputs, layers, type: 'float64', seed: 1 }));
    other!.parameters.set(one!.parameters);
    const v = vectorFor(one!, 1);
    for (const training of [true, false]) {
      const [a, b] = [
        one!.gradient(few, { loss: 'squared', training }),
        other!.gradient(all, { loss: 'squared', training }),
      ];
      expect(greatestError(a.gradient, b.gradient)).toBeLessThan(1e-14);
      const [ha, hb] = [
        one!.hessianVectorProduct(few, v, { loss: 'squared', training }),
        other!.hessianVectorProduct(all, v, { loss: 'squared', training }),
      ];
      expect(greatestError(ha, hb)).toBeLessThan(1e-13);
    }
    const coded = new Dataset({ inputs: categories({ values: rows.map(([a, b]) => [a!, b! - 7]) }), targets });
    const tables = network({
      inputs: coded,
      layers: [embedding({ dimensions: 1 }), dense(1)],
      type: 'float64',
      seed: 1,
    });
    const u = vectorFor(tables, 1);
    const step = 1e-5;
    const start = tables.parameters.slice();
    const at = (k: number) => {
      tables.parameters.set(start.map((x, i) => x + k * step * u[i]!));
      return tables.gradient(coded, { loss: 'squared' }).gradient;
    };
    const [back, on] = [at(-1), at(1)];
    tables.parameters.set(start);
    const differences = on.map((x, i) => (x - back[i]!) / (2 * step));
    expect(greatestError(tables.hessianVectorProduct(coded, u, { loss: 'squared' }), differences)).toBeLessThan(1e-8);
  });
});

describe('derivatives', () => {
  const deep = (type: 'float32' | 'float64') =>
    network({
      inputs: { height: 8, width: 8 },
      layers: [conv2d(5, { activation: 'silu' }), batchNorm(), flatten(), dropout(0.2), dense(70), dense(4)],
      type,
      seed: 3,
    });
  const { data } = task(600, 64, 4, 'crossEntropy', 'classes');

  test.each(['float32', 'float64'] as const)('have the same bits for any number of threads, in %s', async (type) => {
    const model = deep(type);
    const vector = vectorFor(model, 1);
    for (const training of [false, true]) {
      const options = { loss: 'crossEntropy', training, ...(training && { seed: 9 }) } as const;
      const found = [];
      for (const threads of [1, 2, 3])
        found.push(
          await withThreads(threads, () => ({
            ...model.gradient(data, options),
            product: model.hessianVectorProduct(data, vector, options),
          })),
        );
      for (const { loss, gradient, product } of found) {
        expect(loss).toBe(found[0]!.loss);
        expectSameBits(gradient, found[0]!.gradient);
        expectSameBits(product, found[0]!.product);
      }
    }
  });

  test('in training are determined by the seed, which is 0 by default', () => {
    const model = deep('float64');
    const of = (seed?: number) => model.gradient(data, { loss: 'crossEntropy', training: true, seed });
    expect(of()).toEqual(of(0));
    expect(of(1)).toEqual(of(1));
    expect(of(1).loss).not.toBe(of(0).loss);
  });

  test('during a run use a recent step', async () => {
    const model = make();
    const { data: some } = task(64, 5, 4, 'crossEntropy', 'classes');
    const start = model.gradient(some, { loss: 'crossEntropy' });
    const run = model.fit(endless(some), {
      loss: 'crossEntropy',
      optimizer: sgd({ learningRate: 0.05 }),
      batchSize: 8,
    });
    const first = model.gradient(some, { loss: 'crossEntropy' });
    expect(first.loss).toBeLessThanOrEqual(start.loss);
    await reached(run, 2000);
    const vector = vectorFor(model, 1);
    const later = model.gradient(some, { loss: 'crossEntropy' });
    expect(model.hessianVectorProduct(some, vector, { loss: 'crossEntropy' }).every(Number.isFinite)).toBe(true);
    expect(later.gradient.every(Number.isFinite)).toBe(true);
    run.stop();
    await run;
    const end = model.gradient(some, { loss: 'crossEntropy' });
    expect(end.loss).toBeLessThan(start.loss);
    expect(end).toEqual(model.gradient(some, { loss: 'crossEntropy' }));
  });
});

describe('refuses derivatives', () => {
  const model = make();
  const { data } = task(10, 5, 4, 'squared', 'numbers');
  const vector = vectorFor(model, 1);
  const options = { loss: 'squared' } as const;

  test('for vectors that do not fit', () => {
    for (const length of [0, vector.length - 1, vector.length + 1])
      expectRefusal(
        () => model.hessianVectorProduct(data, new Float64Array(length), options),
        'ERR_SHAPE',
        `vector has ${length} elements`,
        String(vector.length),
      );
    for (const wrong of [new Float32Array(vector.length), [...vector], undefined, null, 3])
      expectRefusal(
        () => model.hessianVectorProduct(data, wrong as unknown as Float64Array, options),
        'ERR_INVALID_ARGUMENT',
        'a Float64Array for vector',
      );
    const single = make('float32');
    expectRefusal(() => single.hessianVectorProduct(data, vector, options), 'ERR_INVALID_ARGUMENT', 'a Float32Array');
  });

  test('for wrong options', () => {
    for (const [name, differentiate] of [
      ['gradient', (given: object) => model.gradient(data, given as { loss: 'squared' })],
      [
        'hessianVectorProduct',
        (given: object) => model.hessianVectorProduct(data, vector, given as { loss: 'squared' }),
      ],
    ] as const) {
      expectRefusal(
        () => differentiate({ ...options, seed: 1 }),
        'ERR_INVALID_ARGUMENT',
        name,
        'seed',
        'training: true',
      );
      expectRefusal(() => differentiate({ ...options, training: false, seed: 1 }), 'ERR_INVALID_ARGUMENT', 'seed');
      expectRefusal(() => differentiate({ ...options, training: true, seed: -1 }), 'ERR_OUT_OF_RANGE', 'seed');
      expectRefusal(() => differentiate({ ...options, training: 1 }), 'ERR_INVALID_ARGUMENT', 'training', '1');
      expectRefusal(() => differentiate({ ...options, metric: 1 }), 'ERR_INVALID_ARGUMENT', name, '"metric"');
      expectRefusal(() => differentiate({}), 'ERR_INVALID_ARGUMENT', 'loss');
      expectRefusal(() => differentiate({ loss: 'square' }), 'ERR_INVALID_ARGUMENT', 'Did you mean "squared"?');
    }
  });

  test('for data that do not fit', () => {
    const bare = new Dataset({ inputs: range(5), columns: 5 });
    expectRefusal(() => model.gradient(bare, options), 'ERR_INVALID_ARGUMENT', 'targets');
    const narrow = new Dataset({ inputs: [[1, 2]], targets: [[1, 2, 3, 4]] });
    expectRefusal(() => model.gradient(narrow, options), 'ERR_SHAPE', '2', '5');
    const classes = new Dataset({ inputs: [range(5)], targets: [4] });
    expectRefusal(() => model.gradient(classes, { loss: 'crossEntropy' }), 'ERR_OUT_OF_RANGE', '4');
    expectRefusal(() => model.gradient([[1]] as unknown as Dataset, options), 'ERR_INVALID_ARGUMENT', 'a Dataset');
    const disposed = new Dataset({ inputs: [range(5)], targets: [[1, 2, 3, 4]] });
    disposed.dispose();
    expectRefusal(() => model.gradient(disposed, options), 'ERR_DISPOSED');
  });
});
