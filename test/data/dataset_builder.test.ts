import { categories } from '../../lib/data/categories';
import { Dataset, type DatasetOptions, nativeDataset } from '../../lib/data/dataset';
import {
  type BuilderBlock,
  type BuilderRows,
  DatasetBuilder,
  type DatasetBuilderOptions,
} from '../../lib/data/dataset_builder';
import { sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import type { InputShape } from '../../lib/models/inputs';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { adam } from '../../lib/optimizers/adam';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { detach, shared } from '../support/buffers';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const rows = 60;
const numbers = range(rows * 3).map((i) => Math.sin(i * i));
const codes = range(rows * 2).map((i) => (i * 7) % (i % 2 === 0 ? 5 : 3));
const entries = range(rows).map((i) =>
  i % 4 === 0
    ? [i % 9]
    : [
        [i % 9, Math.cos(i)],
        [(i + 1) % 9, 1],
        [i % 9, 1e-9],
      ],
) as [number, number][][];
const classes = range(rows).map((i) => i % 3);
const weights = range(rows).map((i) => 1 + (i % 5) / 3);

/** A case: the description of the builder, rows [from, to), and the same dataset made at once. */
interface Case {
  builder: DatasetBuilderOptions;
  part(from: number, to: number): BuilderRows;
  whole: DatasetOptions;
  shape: InputShape;
  first?: ReturnType<typeof dense>;
}

const part = <T>(list: readonly T[], width: number, from: number, to: number) => list.slice(from * width, to * width);
const oneDense = (of: (list: number[]) => DatasetOptions['inputs'], scale?: number): Case => ({
  builder: { inputs: scale === undefined ? 3 : { columns: 3, scale }, targetColumns: 1 },
  part: (from, to) => ({ inputs: of(part(numbers, 3, from, to)) as never, targets: part(classes, 1, from, to) }),
  whole: { inputs: of(numbers), columns: 3, targets: classes, scale },
  shape: 3,
});

const codesOf = (from: number, to: number) =>
  categories({ values: part(codes, 2, from, to), columns: 2, cardinalities: [5, 3] });

const cases: { [name: string]: Case } = {
  floats: oneDense((list) => Float32Array.from(list)),
  doubles: oneDense((list) => Float64Array.from(list)),
  'plain numbers': oneDense((list) => list),
  'bytes with a scale': oneDense((list) => Uint8Array.from(list, (x) => 100 + 100 * x), 1 / 255),
  bfloat16: oneDense((list) => bfloat16(Uint16Array.from(list, (x) => 0x3f80 + 100 * x))),
  'numbers as float64, with weights and two targets': {
    builder: { inputs: 3, targetColumns: 2, weights: true, type: 'float64' },
    part: (from, to) => ({
      inputs: range(to - from).map((i) => part(numbers, 3, from + i, from + i + 1)),
      targets: Float32Array.from(part([...classes, ...classes], 2, from, to)),
      weights: part(weights, 1, from, to),
    }),
    whole: {
      inputs: numbers,
      columns: 3,
      type: 'float64',
      targets: Float32Array.from([...classes, ...classes]),
      targetColumns: 2,
      weights,
    },
    shape: 3,
  },
  categories: {
    builder: { inputs: { categories: [5, 3] }, targetColumns: 1 },
    part: (from, to) => ({ inputs: codesOf(from, to), targets: part(classes, 1, from, to) }),
    whole: { inputs: codesOf(0, rows), targets: classes },
    shape: { categories: [5, 3] },
  },
  codes: {
    builder: { inputs: { categories: [5, 3] }, targetColumns: 1 },
    part: (from, to) => ({ inputs: Uint32Array.from(part(codes, 2, from, to)), targets: part(classes, 1, from, to) }),
    whole: { inputs: codesOf(0, rows), targets: classes },
    shape: { categories: [5, 3] },
  },
  'sparse rows': {
    builder: { inputs: { sparse: 9 }, targetColumns: 1 },
    part: (from, to) => ({
      inputs: sparse({ columns: 9, rows: entries.slice(from, to) }),
      targets: part(classes, 1, from, to),
    }),
    whole: { inputs: sparse({ columns: 9, rows: entries }), targets: classes },
    shape: { sparse: 9 },
  },
};

const trained = async (data: Dataset, { shape, builder }: Case) => {
  const isCategorical = data.blocks[0]!.kind === 'categorical';
  const outputs = builder.targetColumns === 2 ? 2 : 3;
  const model = network({ inputs: shape, layers: [...(isCategorical ? [embedding()] : []), dense(outputs)], seed: 1 });
  await model.fit(data, {
    loss: outputs === 2 ? 'squared' : 'crossEntropy',
    optimizer: adam(),
    epochs: 3,
    batchSize: 7,
  });
  return model.parameters;
};

describe.each(Object.entries(cases))('%s', (_, given) => {
  const whole = new Dataset(given.whole);

  test.each([[[60]], [[1, 59]], [[7, 20, 33]], [range(60).map(() => 1)]])(
    'equals the dataset made at once, in chunks of %j',
    async (sizes) => {
      const builder = new DatasetBuilder(given.builder);
      for (const size of sizes) builder.append(given.part(builder.rows, builder.rows + size));
      expect(builder.rows).toBe(rows);
      const built = builder.build();
      expect(built).toMatchObject({ rows, columns: whole.columns, targetColumns: whole.targetColumns });
      expect(built.blocks).toEqual(whole.blocks);
      expect(nativeDataset(built).fingerprint()).toBe(nativeDataset(whole).fingerprint());
      expectSameBits(await trained(built, given), await trained(whole, given));
    },
  );

  test('can be collected again after a build, which does not change the earlier dataset', () => {
    const builder = new DatasetBuilder(given.builder);
    const first = builder.append(given.part(0, rows)).build();
    expect(builder.rows).toBe(0);
    expectRefusal(() => builder.build(), 'ERR_SHAPE', 'no rows');
    const second = builder.append(given.part(30, 40)).build();
    expect(second.rows).toBe(10);
    expect(nativeDataset(first).fingerprint()).toBe(nativeDataset(whole).fingerprint());
    expect(nativeDataset(second).fingerprint()).not.toBe(nativeDataset(whole).fingerprint());
  });
});

test('several named blocks make one dataset', () => {
  const builder = new DatasetBuilder({
    inputs: { numbers: 3, place: { categories: [5, 3] }, words: { sparse: 9 } },
    targetColumns: 1,
  });
  const blocks = (from: number, to: number) => ({
    numbers: Float32Array.from(part(numbers, 3, from, to)),
    place: codesOf(from, to),
    words: sparse({ columns: 9, rows: entries.slice(from, to) }),
  });
  for (const [from, to] of [
    [0, 25],
    [25, 60],
  ] as const)
    builder.append({ inputs: blocks(from, to), targets: classes.slice(from, to) });
  const { numbers: values, ...rest } = blocks(0, rows);
  const whole = new Dataset({ inputs: { numbers: { values, columns: 3 }, ...rest }, targets: classes });
  const built = builder.build();
  expect(built.blocks).toEqual(whole.blocks);
  expect(nativeDataset(built).fingerprint()).toBe(nativeDataset(whole).fingerprint());
});

test('copies shared memory', () => {
  const values = shared(Float32Array.from(numbers));
  const built = new DatasetBuilder({ inputs: 3 }).append({ inputs: values }).build();
  values.fill(0);
  const whole = new Dataset({ inputs: Float32Array.from(numbers), columns: 3 });
  expect(nativeDataset(built).fingerprint()).toBe(nativeDataset(whole).fingerprint());
});

describe('a builder refuses', () => {
  const ready = (inputs: BuilderBlock = 2) =>
    new DatasetBuilder({ inputs, targetColumns: 1, weights: true }).append({
      inputs: inputs === 2 ? new Float32Array(4) : new Uint32Array(4),
      targets: [0, 1],
      weights: [1, 1],
    });
  const good = { inputs: new Float32Array(4), targets: [1, 0], weights: [2, 3] };

  test.each<[string, BuilderRows, Parameters<typeof expectRefusal>[1], ...string[]]>([
    ['numbers that are no whole rows', { ...good, inputs: new Float32Array(3) }, 'ERR_SHAPE', 'inputs has 3 elements'],
    ['no rows', { ...good, inputs: new Float32Array(0) }, 'ERR_SHAPE', 'inputs is empty'],
    ['a detached array', { ...good, inputs: detach(new Float32Array(4)) }, 'ERR_DETACHED', 'inputs'],
    ['another stored type', { ...good, inputs: new Float64Array(4) }, 'ERR_INVALID_ARGUMENT', 'float64', 'float32'],
    [
      'numbers that are not finite, with their row',
      { ...good, inputs: Float32Array.of(0, 1, 2, Number.NaN) },
      'ERR_NON_FINITE',
      'row 3, column 1',
    ],
    ['other numbers of targets', { ...good, targets: [1] }, 'ERR_SHAPE', 'targets'],
    ['no targets', { ...good, targets: undefined }, 'ERR_INVALID_ARGUMENT', 'targets are missing'],
    ['no weights', { ...good, weights: undefined }, 'ERR_INVALID_ARGUMENT', 'weights are missing'],
    ['negative weights', { ...good, weights: [1, -1] }, 'ERR_OUT_OF_RANGE', 'weights[1]'],
    ['categories for numbers', { ...good, inputs: categories({ values: [1, 0] }) }, 'ERR_INVALID_ARGUMENT', 'inputs'],
  ])('%s, and does not change', (_, wrong, code, ...words) => {
    const [builder, other] = [ready(), ready()];
    expectRefusal(() => builder.append(wrong), code, ...words);
    expect(builder.rows).toBe(2);
    const [built, expected] = [builder, other].map((each) => nativeDataset(each.append(good).build()).fingerprint());
    expect(built).toBe(expected);
  });

  test('a category out of range, with its row', () => {
    const builder = ready({ categories: [2, 3] });
    const wrong = { inputs: Uint32Array.of(1, 2, 2, 0), targets: [0, 1], weights: [1, 1] };
    expectRefusal(() => builder.append(wrong), 'ERR_OUT_OF_RANGE', 'inputs', 'row 3, column 0', 'category 2');
    expect(builder.rows).toBe(2);
  });

  test('blocks other than its own', () => {
    const builder = new DatasetBuilder({ inputs: { age: 1, place: { categories: [3] } } });
    const place = new Uint32Array(2);
    expectRefusal(() => builder.append({ inputs: { place } }), 'ERR_INVALID_ARGUMENT', 'inputs.age');
    expectRefusal(
      () => builder.append({ inputs: { age: [1, 2], plcae: place } as never }),
      'ERR_INVALID_ARGUMENT',
      'plcae',
      'Did you mean "place"?',
    );
    expectRefusal(() => builder.append({ inputs: { age: [1], place } }), 'ERR_SHAPE', 'inputs.place has 2 rows');
    expectRefusal(() => builder.append({ inputs: { age: [1, 2], place }, targets: [1, 2] }), 'ERR_INVALID_ARGUMENT');
  });

  test('weights that sum to 0', () => {
    const builder = new DatasetBuilder({ inputs: 1, targetColumns: 1, weights: true });
    builder.append({ inputs: [1], targets: [1], weights: [0] });
    expectRefusal(() => builder.build(), 'ERR_OUT_OF_RANGE', 'weights');
    builder.append({ inputs: [1], targets: [1], weights: [2] });
    expect(builder.build().rows).toBe(2);
  });

  test.each<[string, unknown, Parameters<typeof expectRefusal>[1]]>([
    ['no inputs', {}, 'ERR_INVALID_ARGUMENT'],
    ['no blocks', { inputs: {} }, 'ERR_SHAPE'],
    ['no columns', { inputs: 0 }, 'ERR_OUT_OF_RANGE'],
    ['categories of no columns', { inputs: { categories: [] } }, 'ERR_SHAPE'],
    ['a column of no categories', { inputs: { categories: [2, 0] } }, 'ERR_OUT_OF_RANGE'],
    ['no sparse columns', { inputs: { words: { sparse: 0 } } }, 'ERR_OUT_OF_RANGE'],
    ['an unknown option', { inputs: 1, weigths: true }, 'ERR_INVALID_ARGUMENT'],
    ['weights without targets', { inputs: 1, weights: true }, 'ERR_INVALID_ARGUMENT'],
    ['an unknown type', { inputs: 1, type: 'float16' }, 'ERR_INVALID_ARGUMENT'],
    ['a scale that is not finite', { inputs: { columns: 1, scale: Number.NaN } }, 'ERR_OUT_OF_RANGE'],
  ])('a description with %s', (_, options, code) => {
    expectRefusal(() => new DatasetBuilder(options as DatasetBuilderOptions), code);
  });
});
