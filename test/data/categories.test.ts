import { type CategoriesOptions, categories } from '../../lib/data/categories';
import { detach } from '../support/buffers';
import { expectRefusal } from '../support/refusals';

const made = (options: unknown) => () => categories(options as CategoriesOptions);

describe('categories', () => {
  test('can be given as an array of rows, or flat', () => {
    const rows = [
      [0, 3],
      [1, 0],
      [1, 5],
    ];
    for (const values of [rows, rows.map((row) => Uint8Array.from(row))])
      expect(categories({ values })).toMatchObject({ rows: 3, columns: 2, cardinalities: [2, 6] });
    for (const values of [rows.flat(), Uint16Array.from(rows.flat()), Float32Array.from(rows.flat())])
      expect(categories({ values, columns: 2 })).toMatchObject({ rows: 3, columns: 2, cardinalities: [2, 6] });
  });

  test('are one column unless columns or cardinalities are given', () => {
    expect(categories({ values: [0, 2] })).toMatchObject({ rows: 2, columns: 1, cardinalities: [3] });
    expect(categories({ values: [0, 2], cardinalities: [4, 9] })).toMatchObject({ rows: 1, columns: 2 });
  });

  test('have the given cardinalities', () => {
    const { cardinalities } = categories({ values: [0, 2], cardinalities: Uint32Array.of(10) });
    expect(cardinalities).toEqual([10]);
    expect(Object.isFrozen(cardinalities)).toBe(true);
  });
});

describe('refuses categories', () => {
  const rows = [
    [0, 3],
    [1, 4],
  ];

  test('out of range, by row and column', () => {
    expect(made({ values: rows, cardinalities: [2, 5] })).not.toThrow();
    expectRefusal(
      made({ values: rows, cardinalities: [2, 4] }),
      'ERR_OUT_OF_RANGE',
      'values has category 4 at row 1, column 1, which has 4 categories',
    );
  });

  test.each<[unknown, string]>([
    [-1, '-1'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [2 ** 32, '4294967296'],
    [2 ** 31 - 1, '2147483647'],
  ])('where one is %p', (value, received) => {
    expectRefusal(made({ values: [rows[0], [1, value]] }), 'ERR_OUT_OF_RANGE', 'row 1, column 1', received);
    expectRefusal(made({ values: [0, 1, value], columns: 3 }), 'ERR_OUT_OF_RANGE', 'row 0, column 2', received);
  });

  test('that are not numbers', () => {
    expectRefusal(made({ values: [[0], ['red']] }), 'ERR_INVALID_ARGUMENT', 'row 1, column 0', '"red"');
    expectRefusal(made({ values: [[0], 5] }), 'ERR_INVALID_ARGUMENT', 'values[1]', '5');
    for (const values of [undefined, null, 5, 'red', {}])
      expectRefusal(made({ values }), 'ERR_INVALID_ARGUMENT', 'values');
  });

  test('in rows that do not fit', () => {
    expectRefusal(made({ values: [[0, 1], [2]] }), 'ERR_SHAPE', 'values[1]', '1', '2');
    expectRefusal(made({ values: [0, 1, 2], columns: 2 }), 'ERR_SHAPE', 'values', '3', '2');
    expectRefusal(made({ values: [] }), 'ERR_SHAPE', 'values', 'empty');
    expectRefusal(made({ values: detach(new Uint8Array(3)) }), 'ERR_DETACHED', 'values');
    expectRefusal(made({ values: [[]] }), 'ERR_OUT_OF_RANGE', 'columns', '0');
    expectRefusal(made({ values: rows, columns: 3 }), 'ERR_SHAPE', 'values[0]', '2', '3');
    expectRefusal(made({ values: rows, cardinalities: [5] }), 'ERR_SHAPE', 'cardinalities', '1', '2');
  });

  test('with invalid cardinalities', () => {
    for (const size of [0, -1, 1.5, 2 ** 31])
      expectRefusal(
        made({ values: rows, cardinalities: [5, size] }),
        'ERR_OUT_OF_RANGE',
        'cardinalities[1]',
        String(size),
      );
    expectRefusal(made({ values: rows, cardinalities: 5 }), 'ERR_INVALID_ARGUMENT', 'cardinalities', '5');
    expectRefusal(made({ values: rows, cardinality: [5] }), 'ERR_INVALID_ARGUMENT', 'Did you mean "cardinalities"?');
  });
});
