import { categories } from '../../lib/data/categories';
import { Dataset, type DatasetOptions } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { inputsOf } from '../support/contents';
import { expectRefusal } from '../support/refusals';

const numbers = [
  [1, 2],
  [3, 4],
  [5, 6],
];
const codes = categories({ values: [2, 0, 1], cardinalities: [7] });
const words = sparse({ columns: 1000, rows: [[5], [[9, 0.5]], []] });
const targets = [0, 1, 1];

const made =
  (inputs: unknown, options: object = {}) =>
  () =>
    new Dataset({ inputs, ...options } as DatasetOptions);

describe('a dataset of blocks', () => {
  test('describes them in order', () => {
    const data = new Dataset({
      inputs: { numbers, country: codes, words, bytes: { values: new Uint8Array(6), columns: 2, scale: 1 / 255 } },
      targets,
    });
    expect(data).toMatchObject({ rows: 3, columns: 2 + 1 + 1000 + 2, targetColumns: 1 });
    const blocks = [
      { name: 'numbers', kind: 'dense', columns: 2 },
      { name: 'country', kind: 'categorical', columns: 1, cardinalities: [7] },
      { name: 'words', kind: 'sparse', columns: 1000 },
      { name: 'bytes', kind: 'dense', columns: 2 },
    ];
    expect(data.blocks).toEqual(blocks);
    expect(Object.isFrozen(data.blocks) && data.blocks.every(Object.isFrozen)).toBe(true);
  });

  test('can have one block, with or without a name', () => {
    expect(new Dataset({ inputs: numbers }).blocks).toEqual([{ name: 'inputs', kind: 'dense', columns: 2 }]);
    expect(new Dataset({ inputs: words }).blocks).toEqual([{ name: 'inputs', kind: 'sparse', columns: 1000 }]);
    expect(new Dataset({ inputs: codes }).blocks).toMatchObject([{ name: 'inputs', kind: 'categorical' }]);
    const named = new Dataset({ inputs: { x: { values: new Float32Array(6), columns: 2 } } });
    expect(named.blocks).toEqual([{ name: 'x', kind: 'dense', columns: 2 }]);
  });

  test('stores numbers as a dataset of numbers does', () => {
    const half = numbers.map((row) => row.map((x) => x / 2));
    expect(inputsOf(new Dataset({ inputs: { x: numbers } }))).toEqual(numbers);
    const flat = numbers.flat();
    for (const values of [flat, Float32Array.from(flat), Uint8Array.from(flat)])
      expect(inputsOf(new Dataset({ inputs: { x: { values, columns: 2, scale: 0.5 } } }))).toEqual(half);
    expect(inputsOf(new Dataset({ inputs: { x: { values: [[0.1]], type: 'float64' } } }))).toEqual([[0.1]]);
    expect(inputsOf(new Dataset({ inputs: { x: { values: bfloat16(Uint16Array.of(0x3f80)), columns: 1 } } }))).toEqual([
      [1],
    ]);
  });

  test('can be selected from, split and disposed', () => {
    const data = new Dataset({ inputs: { numbers, country: codes, words }, targets });
    const some = data.select([2, 2, 0, 1]);
    expect(some).toMatchObject({ rows: 4, columns: data.columns, blocks: data.blocks });
    expect([...some.rowNumbers]).toEqual([2, 2, 0, 1]);
    const [training, held] = data.split({ validation: 1 });
    data.dispose();
    expect([training.rows, held.rows]).toEqual([2, 1]);
    expectRefusal(() => data.select([0]), 'ERR_DISPOSED', 'dataset');
    expect(training.select([0]).rows).toBe(1);
  });

  test('shares the memory of sparse columns with others', () => {
    const [one, other] = [new Dataset({ inputs: words }), new Dataset({ inputs: { words, codes } })];
    one.dispose();
    expect(other.select([1]).rows).toBe(1);
    expect([...words.row(1).values]).toEqual([0.5]);
  });
});

describe('refuses blocks', () => {
  test('of different numbers of rows', () => {
    expectRefusal(
      made({ numbers: [[1]], country: codes }),
      'ERR_SHAPE',
      'inputs.country has 3 rows',
      'inputs.numbers has 1',
    );
  });

  test('that do not exist or are invalid', () => {
    expectRefusal(made({}), 'ERR_SHAPE', 'inputs', 'no blocks');
    expectRefusal(made({ length: 3 }), 'ERR_INVALID_ARGUMENT', 'inputs.length', '3');
    expectRefusal(made({ x: null }), 'ERR_INVALID_ARGUMENT', 'inputs.x', 'null');
    expectRefusal(made({ x: {} }), 'ERR_INVALID_ARGUMENT', 'inputs.x.values', 'undefined');
    expectRefusal(made({ x: { values: words } }), 'ERR_INVALID_ARGUMENT', 'inputs.x.values', 'Object');
    expectRefusal(made({ x: { values: { y: numbers } } }), 'ERR_INVALID_ARGUMENT', 'inputs.x.values', 'Object');
    expectRefusal(
      made({ x: { value: numbers } }),
      'ERR_INVALID_ARGUMENT',
      'inputs.x',
      '"value"',
      'Did you mean "values"?',
    );
  });

  test('of invalid numbers', () => {
    expectRefusal(made({ x: [1, 2, 3] }), 'ERR_INVALID_ARGUMENT', 'inputs.x.columns', 'undefined');
    expectRefusal(made({ x: { values: [1, 2, 3], columns: 2 } }), 'ERR_SHAPE', 'inputs.x has 3', 'inputs.x.columns, 2');
    expectRefusal(made({ x: { values: [[1, 2], [3]] } }), 'ERR_SHAPE', 'inputs.x[1] has 1', '2');
    expectRefusal(made({ x: { values: numbers, scale: NaN } }), 'ERR_OUT_OF_RANGE', 'inputs.x.scale', 'NaN');
    expectRefusal(made({ x: { values: numbers, type: 'int8' } }), 'ERR_INVALID_ARGUMENT', 'inputs.x.type', '"int8"');
    expectRefusal(
      made({ x: { values: new Float32Array(1), columns: 1, type: 'float64' } }),
      'ERR_INVALID_ARGUMENT',
      'type',
    );
  });

  test.each([
    ['columns', 2],
    ['scale', 0.5],
    ['type', 'float32'],
  ])('with a %s, which is not an option of blocks', (name, value) => {
    expectRefusal(made({ x: numbers }, { [name]: value }), 'ERR_INVALID_ARGUMENT', name, 'block');
    expectRefusal(made(words, { [name]: value }), 'ERR_INVALID_ARGUMENT', name, 'inputs', 'sparse');
    expectRefusal(made(codes, { [name]: value }), 'ERR_INVALID_ARGUMENT', name, 'inputs', 'categories');
  });

  test('with a different number of targets', () => {
    expectRefusal(
      made({ numbers, words }, { targets: [1, 2, 3, 4], targetColumns: 1 }),
      'ERR_SHAPE',
      'targets has 4 rows',
      '3',
    );
  });
});

describe('a network of dense inputs', () => {
  test('refuses other columns, even if there are as many', () => {
    const model = network({ inputs: 3, layers: [dense(2)] });
    const data = new Dataset({ inputs: { numbers, country: codes }, targets });
    expectRefusal(() => model.predict(data), 'ERR_SHAPE', 'dense');
    expectRefusal(() => model.evaluate(data, { loss: 'crossEntropy' }), 'ERR_SHAPE', 'dense');
    expectRefusal(() => model.fit(data, { loss: 'crossEntropy', optimizer: sgd() }), 'ERR_SHAPE', 'dense');
  });
});
