import type { Inputs } from '../../lib/data/blocks';
import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import { input } from '../../lib/layers/input';
import { layerNorm } from '../../lib/layers/layer_norm';
import { parallel } from '../../lib/layers/parallel';
import { globalPool, maxPool } from '../../lib/layers/pool';
import { residual } from '../../lib/layers/residual';
import { sgd } from '../../lib/optimizers/sgd';
import { type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { normal, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';
import { denseOf, sparseRows } from '../support/sparse_tasks';

const rows = 12;
const number = normal(8);
const words = sparseRows(rows, 20);
const numbers = range(rows).map(() => range(3).map(() => Math.fround(number())));
const places = range(rows).map((i) => [i % 4, (3 * i) % 5]);
const picture = range(rows).map(() => range(4 * 6 * 2).map(() => Math.fround(number())));
const targets = range(rows).map(number);

const blocksOf = (some: number[]) => ({
  words: sparse({ columns: 20, rows: some.map((i) => words[i]!) }),
  numbers: some.map((i) => numbers[i]!),
  place: categories({ values: some.map((i) => places[i]!), cardinalities: [4, 5] }),
  picture: some.map((i) => picture[i]!),
});
const blocks = blocksOf(range(rows));
const data = new Dataset({ inputs: blocks, targets });

const wide = [input('words'), dense(1)];
const seen = [input('picture'), conv2d(3, { activation: 'tanh' }), maxPool(), flatten()];
const deep = [
  parallel([[input('numbers')], [input('place'), embedding({ dimensions: 2 })], seen]),
  dense(6, { activation: 'tanh' }),
  dense(1),
];
const inputs = {
  words: { sparse: 20 },
  numbers: 3,
  place: { categories: [4, 5] },
  picture: { height: 4, width: 6, channels: 2 },
};
const make = () => network({ inputs, layers: [parallel([wide, deep], { join: 'sum' })], type: 'float64', seed: 4 });

describe('a wide and deep network', () => {
  test('predicts the combination of its parts', () => {
    const model = make();
    const part = (layers: Parameters<typeof network>[0]['layers'], of: Parameters<typeof network>[0]['inputs']) =>
      network({ inputs: of, layers, type: 'float64' });
    const [of, rest] = [part([dense(1)], 20), part(deep, inputs)];
    of.parameters.set(model.parameters.subarray(0, 21));
    rest.parameters.set(model.parameters.subarray(21));
    const [one, other] = [of.predict(denseOf(words, 20)), rest.predict(data)];
    expect(
      greatestError(
        model.predict(data),
        one.map((y, i) => y + other[i]!),
      ),
    ).toBeLessThan(1e-13);
  });

  test('names its tensors by position', () => {
    expect([...make().tensors.keys()]).toEqual([
      'layers.0.branches.0.1.weight',
      'layers.0.branches.0.1.bias',
      'layers.0.branches.1.0.branches.1.1.tables.0',
      'layers.0.branches.1.0.branches.1.1.tables.1',
      'layers.0.branches.1.0.branches.2.1.weight',
      'layers.0.branches.1.0.branches.2.1.bias',
      'layers.0.branches.1.1.weight',
      'layers.0.branches.1.1.bias',
      'layers.0.branches.1.2.weight',
      'layers.0.branches.1.2.bias',
    ]);
  });

  test('accepts objects of blocks as well as datasets', () => {
    const model = make();
    expectSameBits(model.predict(blocks), model.predict(data));
  });

  test('steps as in a run', async () => {
    const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.05, weightDecay: 0.1 }) } as const;
    const [stepped, run] = [make(), make()];
    const trainer = new Trainer(stepped, options);
    for (const begin of [0, 5, 10]) {
      const some = range(rows).slice(begin, begin + 5);
      trainer.step(
        blocksOf(some),
        some.map((i) => targets[i]!),
      );
    }
    await run.fit(data, { ...options, batchSize: 5, shuffle: false });
    expect(greatestError(stepped.parameters, run.parameters)).toBeLessThan(1e-13);
    expect(greatestError(stepped.parameters, make().parameters)).toBeGreaterThan(1e-3);
  });

  test('finds its blocks by name, in any order', async () => {
    const { words, numbers, place, picture } = blocks;
    const turned = new Dataset({ inputs: { picture, place, words, numbers }, targets });
    const [one, other] = [make(), make()];
    expectSameBits(one.predict(turned), other.predict(data));
    const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.05 }), batchSize: 5 } as const;
    await one.fit(turned, { ...options, validation: data });
    await other.fit(data, { ...options, validation: turned });
    expectSameBits(one.parameters, other.parameters);
    expect(one.evaluate(turned, { loss: 'squared' })).toEqual(other.evaluate(data, { loss: 'squared' }));
    const { gradient } = one.gradient(turned, { loss: 'squared' });
    expectSameBits(gradient as Float64Array, other.gradient(data, { loss: 'squared' }).gradient as Float64Array);
  });

  test('uses the rows of selections and splits', () => {
    const model = make();
    const all = model.predict(data);
    const some = [7, 0, 7, 3];
    expectSameBits(
      model.predict(data.select(some)),
      Float64Array.from(some, (i) => all[i]!),
    );
    for (const part of data.split({ validation: 4 }))
      expectSameBits(
        model.predict(part),
        Float64Array.from(part.rowNumbers, (i) => all[i]!),
      );
  });

  test('trains on selections as on separate data', async () => {
    const some = [7, 0, 7, 3];
    const own = new Dataset({ inputs: blocksOf(some), targets: some.map((i) => targets[i]!) });
    const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.05 }), batchSize: 2 } as const;
    const [one, other] = [make(), make()];
    await one.fit(data.select(some), options);
    await other.fit(own, options);
    expect(greatestError(one.parameters, other.parameters)).toBeLessThan(1e-14);
  });

  test('has the inputs of a dataset', () => {
    const { picture: _, ...flat } = blocks;
    const some = new Dataset({ inputs: flat, targets });
    const layers = [
      parallel([wide, [parallel([[input('numbers')], [input('place'), embedding({ dimensions: 2 })]]), dense(1)]], {
        join: 'sum',
      }),
    ];
    const { picture: __, ...shapes } = inputs;
    const [told, read] = [shapes, some].map((of) => network({ inputs: of, layers, seed: 2 }));
    expectSameBits(told!.parameters as Float32Array, read!.parameters as Float32Array);
    expectSameBits(told!.predict(some) as Float32Array, read!.predict(flat) as Float32Array);
    expect(read!.inputs).toBe(20 + 3 + 2);
  });

  test('can ignore a block, or use one twice', () => {
    const pieces = { a: 2, b: 2 };
    const twice = network({ inputs: pieces, layers: [parallel([[input('a')], [input('a'), dense(1)]])] });
    expect(twice.outputs).toBe(3);
    expect(twice.predict({ a: [[1, 2]], b: [[3, 4]] })).toHaveLength(3);
    const sum = network({
      inputs: pieces,
      layers: [residual([input('a'), dense(2)], { shortcut: [input('b')] })],
      type: 'float64',
    });
    sum.parameters.fill(0);
    expect([...sum.predict({ a: [[1, 2]], b: [[3, 4]] })]).toEqual([3, 4]);
  });
});

describe('blocks', () => {
  test.each(['inputs', 'toString', '__proto__', 'a.b', ' '])('can be named %p', async (name) => {
    const named = (mine: unknown, other: unknown) =>
      Object.fromEntries([
        [name, mine],
        ['other', other],
      ]);
    const layers = [parallel([[input(name), dense(1)], [input('other')]])];
    const given = named([[1, 2]], [[3]]) as Inputs;
    const data = new Dataset({ inputs: given, targets: [[1, 1]] });
    for (const shapes of [named(2, 1) as Parameters<typeof network>[0]['inputs'], data]) {
      const model = network({ inputs: shapes, layers });
      expect(model.predict(given)).toHaveLength(2);
      expect(model.predict(data)[1]).toBe(3);
      await model.fit(data, { loss: 'squared', optimizer: sgd() });
      expect(new Trainer(model, { loss: 'squared', optimizer: sgd() }).step(given, [[1, 1]]).steps).toBe(1);
    }
  });

  test.each(['inputs', 'x'])('can be a single one, named %p', (name) => {
    const given = { [name]: [[1, 2]] };
    const data = new Dataset({ inputs: given, targets: [1] });
    const model = network({ inputs: { [name]: 2 }, layers: [dense(1)], seed: 5 });
    const plain = network({ inputs: 2, layers: [dense(1)], seed: 5 });
    for (const inputs of [given, data, [[1, 2]]])
      expectSameBits(model.predict(inputs) as Float32Array, plain.predict([[1, 2]]) as Float32Array);
    expectSameBits(plain.predict(data) as Float32Array, model.predict(data) as Float32Array);
    for (const inputs of [given, [[1, 2]]])
      expect(new Trainer(model, { loss: 'squared', optimizer: sgd() }).step(inputs, [1]).steps).toBe(1);
    expectRefusal(() => plain.predict(given), 'ERR_INVALID_ARGUMENT', 'received an Object');
  });
});

describe('categories', () => {
  const table = () => network({ inputs: { place: { categories: [4, 5] } }, layers: [input('place'), embedding()] });

  test('can be fewer than a table has', () => {
    const few = categories({ values: [[1, 2]], cardinalities: [2, 3] });
    const all = categories({ values: [[1, 2]], cardinalities: [4, 5] });
    expectSameBits(table().predict({ place: few }) as Float32Array, table().predict({ place: all }) as Float32Array);
  });

  test('beyond a table are refused before training starts', () => {
    const many = categories({
      values: [
        [0, 0],
        [1, 5],
      ],
    });
    const wider = new Dataset({ inputs: { place: many }, targets: [1, 2] });
    const model = network({ inputs: { place: { categories: [4, 5] } }, layers: [embedding(), dense(1)] });
    const options = { loss: 'squared', optimizer: sgd() } as const;
    for (const action of [
      () => model.predict(wider),
      () => model.predict({ place: many }),
      () => model.fit(wider, options),
      () => model.evaluate(wider, { loss: 'squared' }),
      () => model.gradient(wider, { loss: 'squared' }),
      () => new Trainer(model, options).step({ place: many }, [1, 2]),
    ])
      expectRefusal(action, 'ERR_SHAPE', 'place', '6 categories in column 1', '5');
  });
});

describe('a network of blocks refuses', () => {
  const { words, numbers, place, picture } = blocks;

  const doing = (model: Network, given: Inputs): [string, () => unknown][] => {
    const of = new Dataset({ inputs: given, targets });
    const options = { loss: 'squared', optimizer: sgd() } as const;
    return [
      ['predict', () => model.predict(given)],
      ['predict of a dataset', () => model.predict(of)],
      ['evaluate', () => model.evaluate(of, { loss: 'squared' })],
      ['fit', () => model.fit(of, options)],
      ['validation', () => model.fit(data, { ...options, validation: of })],
      ['step', () => new Trainer(model, options).step(given, targets)],
      ['gradient', () => model.gradient(of, { loss: 'squared' })],
      ['product', () => model.hessianVectorProduct(of, model.parameters, { loss: 'squared' })],
    ];
  };

  const refused: [string, Inputs, string[]][] = [
    ['a missing block', { words, numbers, place }, ['picture']],
    ['another name', { words, numbers, place, image: picture }, ['picture']],
    ['an extra block', { ...blocks, more: [...numbers] }, ['more']],
    [
      'numbers for sparse columns',
      { words: denseOf(sparseRows(rows, 20), 20), numbers, place, picture },
      ['words', 'sparse'],
    ],
    [
      'sparse columns for numbers',
      { words, numbers: sparse({ columns: 3, rows: range(rows).map(() => [0]) }), place, picture },
      ['numbers', 'sparse'],
    ],
    ['numbers for categories', { words, numbers, place: places, picture }, ['place', 'categor']],
    ['other columns', { words, numbers: numbers.map((row) => row.slice(1)), place, picture }, ['numbers', '2', '3']],
    [
      'fewer sparse columns',
      { words: sparse({ columns: 19, rows: range(rows).map(() => [0]) }), numbers, place, picture },
      ['words', '19', '20'],
    ],
    ['a block without a name', numbers, []],
  ];

  test.each(refused)('%s', (_, given, names) => {
    const model = make();
    const before = model.parameters.slice();
    for (const [name, action] of doing(model, given)) {
      let error: unknown;
      try {
        action();
      } catch (caught) {
        error = caught;
      }
      expect([name, (error as { code?: string })?.code]).toEqual([
        name,
        expect.stringMatching(/ERR_(SHAPE|INVALID_ARGUMENT)/),
      ]);
      for (const part of names) expect((error as Error).message).toContain(part);
    }
    expectSameBits(model.parameters as Float64Array, before as Float64Array);
  });

  test('a scale beside blocks', () => {
    expectRefusal(() => make().predict(blocks, { scale: 2 }), 'ERR_INVALID_ARGUMENT', 'scale');
    const trainer = new Trainer(make(), { loss: 'squared', optimizer: sgd() });
    expectRefusal(() => trainer.step(blocks, targets, { scale: 2 }), 'ERR_INVALID_ARGUMENT', 'scale');
  });

  test('an unknown option of a step', () => {
    const trainer = new Trainer(make(), { loss: 'squared', optimizer: sgd() });
    expectRefusal(
      () => trainer.step(blocks, targets, { weigths: [1] } as object),
      'ERR_INVALID_ARGUMENT',
      'Did you mean "weights"?',
    );
  });

  test('layers that do not name the block they read', () => {
    for (const layers of [[dense(1)], [parallel([[dense(1)], [input('numbers'), dense(1)]])], [layerNorm()]])
      expectRefusal(() => network({ inputs, layers }), 'ERR_SHAPE', "input('words')");
    expectRefusal(() => network({ inputs, layers: [residual([input('numbers'), dense(3)])] }), 'ERR_SHAPE', 'layers.0');
  });

  test('unknown names of blocks', () => {
    expectRefusal(
      () => network({ inputs, layers: [input('word'), dense(1)] }),
      'ERR_INVALID_ARGUMENT',
      'layers.0',
      'Did you mean "words"?',
    );
    expectRefusal(() => input(''), 'ERR_INVALID_ARGUMENT', 'name of input');
    expectRefusal(() => input(3 as unknown as string), 'ERR_INVALID_ARGUMENT', '3');
  });

  test('layers that do not fit their input', () => {
    const of =
      (...layers: Parameters<typeof network>[0]['layers']) =>
      () =>
        network({ inputs, layers });
    expectRefusal(of(input('words'), layerNorm()), 'ERR_SHAPE', 'layers.1 (layerNorm)', 'sparse');
    expectRefusal(of(input('place'), dense(1)), 'ERR_SHAPE', 'layers.1 (dense)', 'categories');
    expectRefusal(of(input('numbers'), embedding()), 'ERR_SHAPE', 'layers.1 (embedding)', 'categories');
    expectRefusal(of(input('numbers'), conv2d(2)), 'ERR_SHAPE', 'layers.1 (conv2d)');
    expectRefusal(of(input('numbers'), maxPool()), 'ERR_SHAPE', 'layers.1 (maxPool)');
    expectRefusal(of(input('picture'), conv2d(2, { kernel: 5 })), 'ERR_SHAPE', 'layers.1 (conv2d)');
    expectRefusal(of(input('picture'), maxPool({ size: [2, 7] })), 'ERR_SHAPE', 'layers.1 (maxPool)');
    expectRefusal(of(input('picture'), globalPool(), conv2d(1)), 'ERR_SHAPE', 'layers.2 (conv2d)');
    expectRefusal(of(input('place'), embedding({ dimensions: [1, 2, 3] })), 'ERR_SHAPE', 'layers.1', '3', '2');
    expectRefusal(
      of(parallel([[input('numbers')], [input('picture')]], { join: 'sum' }), dense(1)),
      'ERR_SHAPE',
      'layers.0 (parallel)',
    );
  });

  test('images that do not fit', () => {
    const model = network({
      inputs: { picture: { height: 4, width: 6, channels: 2 } },
      layers: [conv2d(2), globalPool(), dense(1)],
    });
    expectRefusal(() => model.predict({ picture: [range(47)] }), 'ERR_SHAPE', '47', '48');
  });
});
