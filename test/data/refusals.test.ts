import { Dataset, type DatasetOptions } from '../../lib/data/dataset';
import { detach } from '../support/buffers';
import { expectRefusal } from '../support/refusals';

const made = (options: unknown) => () => new Dataset(options as DatasetOptions);

describe('the inputs of a dataset', () => {
  test.each<[string, unknown, string]>([
    ['missing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 5, '5'],
    ['a string', '123', '"123"'],
    ['a Map', new Map([['a', [[1]]]]), 'Map'],
    ['an ArrayBuffer', new ArrayBuffer(8), 'ArrayBuffer'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'DataView'],
    ['a BigInt64Array', new BigInt64Array(2), 'BigInt64Array'],
  ])('must not be %s', (_, inputs, received) =>
    expectRefusal(made({ inputs, columns: 1 }), 'ERR_INVALID_ARGUMENT', 'inputs', received),
  );

  test.each<[unknown, string]>([
    ['1', '"1"'],
    [null, 'null'],
    [undefined, 'undefined'],
    [2n, '2'],
    [[2], 'array'],
  ])('must be numbers, not %p', (value, received) => {
    expectRefusal(made({ inputs: [1, value], columns: 1 }), 'ERR_INVALID_ARGUMENT', 'inputs[1]', 'number', received);
    expectRefusal(
      made({
        inputs: [
          [1, 1],
          [1, value],
        ],
      }),
      'ERR_INVALID_ARGUMENT',
      'inputs[1][1]',
      'number',
      received,
    );
  });

  test('must have no holes', () => {
    // biome-ignore lint/suspicious/noSparseArray: holes are the point
    expectRefusal(made({ inputs: [[1], , [3]] }), 'ERR_INVALID_ARGUMENT', 'inputs[1]', 'array', 'undefined');
    // biome-ignore lint/suspicious/noSparseArray: holes are the point
    expectRefusal(made({ inputs: [1, , 3], columns: 3 }), 'ERR_INVALID_ARGUMENT', 'inputs[1]', 'number', 'undefined');
  });

  test('must be rows of equal length', () => {
    expectRefusal(made({ inputs: [[1, 2], [3, 4], [5]] }), 'ERR_SHAPE', 'inputs[2]', '1', '2');
    expectRefusal(made({ inputs: [[1, 2]], columns: 3 }), 'ERR_SHAPE', 'inputs[0]', '2', '3');
    expectRefusal(made({ inputs: [[1, 2], 3] }), 'ERR_INVALID_ARGUMENT', 'inputs[1]', 'array', '3');
  });

  test('must be rows that fit into memory', () => {
    expectRefusal(made({ inputs: [[1, 2]], columns: 2 ** 40 }), 'ERR_OUT_OF_RANGE', 'columns', String(2 ** 40));
    expectRefusal(made({ inputs: [[1, 2]], columns: 5e8 }), 'ERR_SHAPE', 'inputs[0]', '2', '500000000');
  });

  test('must be rows that are not detached', () => {
    const row = new Float32Array([1, 2]);
    expectRefusal(made({ inputs: [row, detach(new Float32Array(2))] }), 'ERR_DETACHED', 'inputs[1]');
    expectRefusal(made({ inputs: [detach(new Float32Array(2)), row] }), 'ERR_DETACHED', 'inputs[0]');
  });

  test('must be whole rows', () => {
    expectRefusal(made({ inputs: [1, 2, 3], columns: 2 }), 'ERR_SHAPE', 'inputs', '3', 'columns', '2');
    expectRefusal(made({ inputs: new Float32Array(5), columns: 4 }), 'ERR_SHAPE', 'inputs', '5', 'columns', '4');
  });

  test('must not be empty', () => {
    expectRefusal(made({ inputs: [], columns: 2 }), 'ERR_SHAPE', 'inputs', 'empty');
    expectRefusal(made({ inputs: [] }), 'ERR_SHAPE', 'inputs', 'empty');
    expectRefusal(made({ inputs: new Float32Array(0), columns: 2 }), 'ERR_SHAPE', 'inputs', 'empty');
    expectRefusal(made({ inputs: [], columns: 2, targets: [] }), 'ERR_SHAPE', 'inputs', 'empty');
  });

  test('must not be empty rows', () => {
    expectRefusal(made({ inputs: [[], []] }), 'ERR_SHAPE', 'inputs[0]', 'empty');
  });

  test.each([Float32Array, Float64Array, Uint8Array, Int16Array])('must not be detached, as a %p', (Class) => {
    expectRefusal(made({ inputs: detach(new Class(4)), columns: 2 }), 'ERR_DETACHED', 'inputs');
    expectRefusal(made({ inputs: detach(new Class(4)), columns: 2, targets: [0, 1] }), 'ERR_DETACHED', 'inputs');
  });
});

describe('the targets of a dataset', () => {
  const withTargets = (targets: unknown, targetColumns?: unknown) =>
    made({ inputs: [[1], [2], [3]], targets, targetColumns });

  test.each<[string, unknown, string]>([
    ['null', null, 'null'],
    ['a number', 5, '5'],
    ['a string', '123', '"123"'],
    ['a BigInt64Array', new BigInt64Array(3), 'BigInt64Array'],
  ])('must not be %s', (_, targets, received) =>
    expectRefusal(withTargets(targets), 'ERR_INVALID_ARGUMENT', 'targets', received),
  );

  test('must be numbers', () => {
    expectRefusal(withTargets([0, 'one', 0]), 'ERR_INVALID_ARGUMENT', 'targets[1]', 'number', '"one"');
    expectRefusal(withTargets([[0], [null], [0]]), 'ERR_INVALID_ARGUMENT', 'targets[1][0]', 'number', 'null');
  });

  test('must be as many for each row', () => {
    expectRefusal(withTargets([0, 1]), 'ERR_SHAPE', 'targets', '2', '3');
    expectRefusal(withTargets([0, 1, 2, 3]), 'ERR_SHAPE', 'targets', '4', '3');
    expectRefusal(withTargets([]), 'ERR_SHAPE', 'targets', '0');
    expectRefusal(withTargets([[0], [1]]), 'ERR_SHAPE', 'targets', '2', 'inputs', '3');
    expectRefusal(withTargets([0, 1, 2, 3, 4, 5], 3), 'ERR_SHAPE', 'targets', '2', 'inputs', '3');
    expectRefusal(withTargets([0, 1, 2, 3], 3), 'ERR_SHAPE', 'targets', '4', 'targetColumns', '3');
  });

  test('are required by targetColumns', () => {
    expectRefusal(withTargets(undefined, 2), 'ERR_INVALID_ARGUMENT', 'targetColumns', 'no targets');
  });

  test.each([Float32Array, Float64Array, Uint8Array, Int16Array])('must not be detached, as a %p', (Class) => {
    expectRefusal(withTargets(detach(new Class(3))), 'ERR_DETACHED', 'targets');
  });
});

describe('the options of a dataset', () => {
  const inputs = [1, 2, 3, 4];

  test('require columns for numbers row after row', () => {
    expectRefusal(made({ inputs }), 'ERR_INVALID_ARGUMENT', 'columns', 'undefined');
  });

  test.each(['columns', 'targetColumns'])('require whole %s', (name) => {
    const options = { inputs, columns: 2, targets: [0, 1] };
    for (const value of [0, -1, 1.5, NaN, 2 ** 40])
      expectRefusal(made({ ...options, [name]: value }), 'ERR_OUT_OF_RANGE', name, String(value));
    expectRefusal(made({ ...options, [name]: '2' }), 'ERR_INVALID_ARGUMENT', name, '"2"');
  });

  test('require a finite scale', () => {
    for (const scale of [NaN, Infinity])
      expectRefusal(made({ inputs, columns: 2, scale }), 'ERR_OUT_OF_RANGE', 'scale', String(scale));
    expectRefusal(made({ inputs, columns: 2, scale: '1/255' }), 'ERR_INVALID_ARGUMENT', 'scale', '"1/255"');
  });

  test('accept a type only if it determines the storage of numbers', () => {
    for (const stored of [new Float32Array(4), new Float64Array(4), new Uint8Array(4)]) expectRefused(stored);
    function expectRefused(stored: unknown) {
      expectRefusal(made({ inputs: stored, columns: 2, type: 'float64' }), 'ERR_INVALID_ARGUMENT', 'type', 'stored');
    }
    for (const other of [inputs, [inputs], new Int16Array(4)])
      expect(made({ inputs: other, columns: 4, type: 'float64' })).not.toThrow();
  });

  test('require a known type', () => {
    expectRefusal(
      made({ inputs, columns: 2, type: 'float23' }),
      'ERR_INVALID_ARGUMENT',
      'type',
      '"float23"',
      'Did you mean "float32"?',
    );
    expectRefusal(made({ inputs, columns: 2, type: Float32Array }), 'ERR_INVALID_ARGUMENT', 'type', 'a function');
  });

  test('suggest the right name for a misspelled one', () => {
    expectRefusal(
      made({ inputs, colums: 2 }),
      'ERR_INVALID_ARGUMENT',
      'Dataset',
      '"colums"',
      'Did you mean "columns"?',
    );
    expectRefusal(
      made({ inputs, columns: 2, target: [0, 1] }),
      'ERR_INVALID_ARGUMENT',
      'Dataset',
      '"target"',
      'It is called "targets" here.',
    );
  });

  test.each([[undefined], [null], [new Float32Array(4)], [[[1, 2]]]])('must be an object, not %p', (options) => {
    expectRefusal(made(options), 'ERR_INVALID_ARGUMENT', 'Dataset', 'object');
  });
});
