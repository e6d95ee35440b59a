import { type Sparse, SparseBuilder, type SparseEntry, type SparseRowsOptions, sparse } from '../../lib/data/sparse';
import { detach, shared } from '../support/buffers';
import { range } from '../support/numbers';
import fc from '../support/properties';
import { expectRefusal } from '../support/refusals';

type Row = [number, number][];

/** Rows in ascending order of columns, with the values of each column summed, in float32. */
function summed(rows: Row[]): Row[] {
  return rows.map((row) => {
    const sums = new Map<number, number>();
    for (const [column, value] of row) sums.set(column, (sums.get(column) ?? 0) + Math.fround(value));
    return [...sums].map(([column, sum]): [number, number] => [column, Math.fround(sum)]).sort(([a], [b]) => a - b);
  });
}

const rowsOf = (table: Sparse): Row[] =>
  range(table.rows).map((i) => {
    const { indices, values } = table.row(i);
    return [...indices].map((column, k) => [column, values[k]!]);
  });

/** Rows as arrays of offsets, columns and values. */
function arraysOf(rows: Row[]) {
  const offsets = [0];
  for (const row of rows) offsets.push(offsets.at(-1)! + row.length);
  return { offsets, indices: rows.flat().map(([column]) => column), values: rows.flat().map(([, value]) => value) };
}

const columns = 50;
const row = fc.array(
  fc.tuple(
    fc.nat(columns - 1),
    fc.integer({ min: -8, max: 8 }).map((x) => x / 4),
  ),
);
const rows = fc.array(row, { minLength: 1, maxLength: 30 });

describe('sparse columns', () => {
  test('are sorted and summed in any form', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const expected = summed(given);
        const builder = new SparseBuilder({ columns });
        for (const [i, one] of given.entries())
          if (i % 2 === 0) builder.add(one);
          else
            builder.add(
              one.map(([column]) => column),
              one.map(([, value]) => value),
            );
        const { offsets, indices, values } = arraysOf(given);
        for (const table of [
          sparse({ columns, rows: given }),
          sparse({ columns, offsets, indices, values }),
          builder.build(),
        ]) {
          expect(rowsOf(table)).toEqual(expected);
          expect(table).toMatchObject({ columns, rows: given.length, entries: expected.flat().length });
        }
      }),
    );
  });

  test('without values are ones', () => {
    const expected: Row[] = [
      [
        [1, 1],
        [7, 2],
      ],
      [],
      [[3, 1]],
    ];
    const lists = [[7, 1, 7], [], [3]];
    const builder = new SparseBuilder({ columns });
    for (const list of lists) builder.add(list);
    for (const table of [
      sparse({ columns, rows: lists }),
      sparse({ columns, rows: lists.map((list) => Uint8Array.from(list)) }),
      sparse({ columns, rows: [[7, [1, 1], 7], [], [[3, 1]]] }),
      sparse({ columns, offsets: [0, 3, 3, 4], indices: [7, 1, 7, 3] }),
      builder.build(),
    ])
      expect(rowsOf(table)).toEqual(expected);
  });

  test.each([Uint8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array])(
    'can be given as a %p',
    (Class) => {
      const table = sparse({
        columns,
        offsets: new Class([0, 2, 3]),
        indices: new Class([4, 2, 49]),
        values: new Class([1, 2, 3]),
      });
      expect(rowsOf(table)).toEqual([
        [
          [2, 2],
          [4, 1],
        ],
        [[49, 3]],
      ]);
    },
  );

  test.each([BigUint64Array, BigInt64Array])('have offsets in a %p', (Class) => {
    const table = sparse({ columns, offsets: new Class([0n, 2n, 3n]), indices: [4, 2, 49] });
    expect([table.rows, table.entries]).toEqual([2, 3]);
  });

  test('do not change when their source arrays do', () => {
    const [offsets, indices, values] = [Float64Array.of(0, 1), Uint32Array.of(4), Float32Array.of(5)];
    const tables = [
      sparse({ columns, offsets, indices, values }),
      sparse({ columns, offsets, indices, values: shared(values) }),
    ];
    for (const array of [offsets, indices, values]) array.fill(0);
    for (const table of tables) expect(rowsOf(table)).toEqual([[[4, 5]]]);
  });

  test('can be as many as 2³¹ − 1', () => {
    const most = 2 ** 31 - 1;
    expect(rowsOf(sparse({ columns: most, rows: [[most - 1, 0]] }))).toEqual([
      [
        [0, 1],
        [most - 1, 1],
      ],
    ]);
  });

  test('can have rows of many entries, and many rows', () => {
    const many = range(100_000);
    const builder = new SparseBuilder({ columns: 1000 });
    builder.add(many.map((i) => (i * 7) % 1000));
    for (const i of many) builder.add([i % 1000, [(i + 1) % 1000, i]]);
    const table = builder.build();
    expect(table).toMatchObject({ rows: 100_001, entries: 201_000 });
    expect([...table.row(0).values]).toEqual(range(1000).map(() => 100));
    for (const i of [0, 1, 40_000, 99_998])
      expect(rowsOf(sparse({ columns: 1000, rows: [[i % 1000, [(i + 1) % 1000, i]]] }))[0]).toEqual(
        [...table.row(i + 1).indices].map((column, k) => [column, table.row(i + 1).values[k]!]),
      );
  });
});

describe('a builder of sparse rows', () => {
  test('begins anew after a build', () => {
    const builder = new SparseBuilder({ columns });
    builder.add([1]).add([2]);
    const first = builder.build();
    expect(builder.rows).toBe(0);
    expectRefusal(() => builder.build(), 'ERR_SHAPE', 'no rows');
    builder.add([[3, 4]]);
    expect(rowsOf(builder.build())).toEqual([[[3, 4]]]);
    expect(rowsOf(first)).toEqual([[[1, 1]], [[2, 1]]]);
  });

  test('adds no row that it refuses', () => {
    const builder = new SparseBuilder({ columns });
    builder.add([[1, 5]]);
    expectRefusal(() => builder.add([2, 3, 50]), 'ERR_OUT_OF_RANGE', 'row 1, entry 2', '49', '50');
    expectRefusal(
      () =>
        builder.add([
          [2, 1],
          [3, NaN],
        ]),
      'ERR_NON_FINITE',
      'NaN',
      'row 1, column 3',
    );
    expectRefusal(() => builder.add([1, 2], [3]), 'ERR_SHAPE', 'values has 1', 'indices has 2');
    expectRefusal(() => builder.add([1, 99], [3, 4]), 'ERR_OUT_OF_RANGE', 'row 1, entry 1', '99');
    expectRefusal(() => builder.add([1], ['2'] as never), 'ERR_INVALID_ARGUMENT', 'row 1, entry 0', '"2"');
    expectRefusal(() => builder.add([1], 2 as never), 'ERR_INVALID_ARGUMENT', 'values', '2');
    expectRefusal(() => builder.add(5 as never, [1]), 'ERR_INVALID_ARGUMENT', 'indices', '5');
    for (const wrong of [undefined, null, 5, '12', {}])
      expectRefusal(() => builder.add(wrong as never), 'ERR_INVALID_ARGUMENT', 'row 1', 'array');
    expect(builder.rows).toBe(1);
    builder.add([4]);
    expect(rowsOf(builder.build())).toEqual([[[1, 5]], [[4, 1]]]);
  });

  test('requires a width', () => {
    expectRefusal(() => new SparseBuilder({} as never), 'ERR_INVALID_ARGUMENT', 'columns', 'undefined');
    expectRefusal(() => new SparseBuilder(undefined as never), 'ERR_INVALID_ARGUMENT', 'SparseBuilder');
    expectRefusal(() => new SparseBuilder({ colums: 3 } as never), 'ERR_INVALID_ARGUMENT', '"colums"', '"columns"');
  });
});

describe('refuses rows of entries', () => {
  const withRows = (given: unknown) => () => sparse({ columns, rows: given as SparseRowsOptions['rows'] });

  test.each<[unknown]>([[-1], [50], [1.5], [NaN], [2 ** 32], [2 ** 40]])(
    'with column %p, by row and entry',
    (column) => {
      for (const entry of [column, [column, 1]] as SparseEntry[])
        expectRefusal(withRows([[1], [0, entry]]), 'ERR_OUT_OF_RANGE', 'row 1, entry 1', '0 to 49', String(column));
    },
  );

  test.each<[unknown]>([['1'], [null], [undefined], [[]], [[1]], [[1, 2, 3]], [{}], [1n]])('with entry %p', (entry) => {
    expectRefusal(withRows([[1], [0, entry]]), 'ERR_INVALID_ARGUMENT', 'row 1, entry 1');
  });

  test('with values that are not numbers', () => {
    expectRefusal(withRows([[[1, '2']]]), 'ERR_INVALID_ARGUMENT', 'the value of row 0, entry 0', '"2"');
    expectRefusal(withRows([[['1', 2]]]), 'ERR_INVALID_ARGUMENT', 'row 0, entry 0', '"1"');
  });

  test('with non-finite values, which are counted, and the first named', () => {
    const spoiled = [
      [1, [2, 3]],
      [
        [4, NaN],
        [5, Infinity],
      ],
      [6],
      [[7, 1e39]],
    ];
    expectRefusal(withRows(spoiled), 'ERR_NON_FINITE', 'rows has 3 values', 'the first is NaN at row 1, column 4');
    expectRefusal(
      withRows([[[9, -Infinity]]]),
      'ERR_NON_FINITE',
      '1 value that is not finite; it is -Infinity at row 0, column 9',
    );
  });

  test('that are empty or invalid', () => {
    expectRefusal(withRows([]), 'ERR_SHAPE', 'rows', 'empty');
    for (const wrong of [null, 5, 'rows', {}, new Float32Array(3)])
      expectRefusal(withRows(wrong), 'ERR_INVALID_ARGUMENT', 'rows', 'array');
    expectRefusal(withRows([[1], 2]), 'ERR_INVALID_ARGUMENT', 'row 1', '2');
  });

  test('beside arrays', () => {
    const both = { columns, rows: [[1]], indices: [1] };
    expectRefusal(() => sparse(both as never), 'ERR_INVALID_ARGUMENT', 'indices', 'rows');
  });
});

describe('refuses arrays of entries', () => {
  const good = { columns, offsets: [0, 2, 2, 3], indices: [1, 2, 3], values: [1, 2, 3] };
  const withArrays = (change: object) => () => sparse({ ...good, ...change });

  test('with offsets that do not increase, or do not fit', () => {
    expect(withArrays({})).not.toThrow();
    expectRefusal(withArrays({ offsets: [0, 2, 1, 3] }), 'ERR_SHAPE', 'offsets', 'row 1', 'ascend');
    expectRefusal(withArrays({ offsets: [0, 1.5, 3] }), 'ERR_SHAPE', 'offsets', 'row 0');
    expectRefusal(withArrays({ offsets: [0, NaN, 3] }), 'ERR_SHAPE', 'offsets', 'row 0');
    expectRefusal(withArrays({ offsets: [0, 7, 3] }), 'ERR_SHAPE', 'offsets', 'row 0', '3 entries');
    expectRefusal(withArrays({ offsets: [1, 2, 3] }), 'ERR_SHAPE', 'offsets[0] is 1');
    expectRefusal(withArrays({ offsets: [0, 2] }), 'ERR_SHAPE', 'offsets ends with 2', 'indices has 3');
    expectRefusal(withArrays({ offsets: [0] }), 'ERR_SHAPE', 'offsets has 1');
    expectRefusal(withArrays({ offsets: [0, '2', 3] }), 'ERR_INVALID_ARGUMENT', 'offsets[1]', '"2"');
    expectRefusal(withArrays({ offsets: undefined }), 'ERR_INVALID_ARGUMENT', 'offsets', 'undefined');
  });

  test('with columns beyond the width, by row and entry', () => {
    for (const indices of [[1, 2, 50], Uint32Array.of(1, 2, 50), Int32Array.of(1, 2, 50)])
      expectRefusal(withArrays({ indices }), 'ERR_OUT_OF_RANGE', '0 to 49', 'row 2, entry 0', '50');
    for (const indices of [[1, -1, 0], Int8Array.of(1, -1, 0), Float32Array.of(1, -1, 0)])
      expectRefusal(withArrays({ indices }), 'ERR_OUT_OF_RANGE', 'row 0, entry 1', '-1');
    expectRefusal(withArrays({ indices: [1, 1.5, 0] }), 'ERR_OUT_OF_RANGE', 'row 0, entry 1', '1.5');
    expectRefusal(withArrays({ indices: [1, '2', 0] }), 'ERR_INVALID_ARGUMENT', 'row 0, entry 1', '"2"');
    expectRefusal(withArrays({ indices: 5 }), 'ERR_INVALID_ARGUMENT', 'indices', '5');
  });

  test('with too few or too many values, or values that are not finite numbers', () => {
    expectRefusal(withArrays({ values: [1, 2] }), 'ERR_SHAPE', 'values has 2', 'indices has 3');
    expectRefusal(withArrays({ values: [1, null, 3] }), 'ERR_INVALID_ARGUMENT', 'values[1]', 'null');
    expectRefusal(withArrays({ values: 'abc' }), 'ERR_INVALID_ARGUMENT', 'values', '"abc"');
    for (const values of [[1, Infinity, NaN], Float32Array.of(1, Infinity, NaN), Float64Array.of(1, 1e39, NaN)])
      expectRefusal(withArrays({ values }), 'ERR_NON_FINITE', '2 values', 'the first is Infinity at row 0, column 2');
  });

  test('that are detached', () => {
    expectRefusal(withArrays({ indices: detach(new Uint32Array(3)) }), 'ERR_DETACHED', 'indices');
    expectRefusal(withArrays({ offsets: detach(new Float64Array(4)) }), 'ERR_DETACHED', 'offsets');
    expectRefusal(withArrays({ values: detach(new Float32Array(3)) }), 'ERR_DETACHED', 'values');
  });

  test('with unknown options', () => {
    expectRefusal(withArrays({ indeces: [] }), 'ERR_INVALID_ARGUMENT', '"indeces"', 'Did you mean "indices"?');
    for (const width of [0, -1, 1.5, 2 ** 31])
      expectRefusal(withArrays({ columns: width }), 'ERR_OUT_OF_RANGE', 'columns');
  });
});

test('rows beyond a table cannot be read', () => {
  const table = sparse({ columns, rows: [[1]] });
  for (const i of [-1, 1, 0.5, NaN]) expectRefusal(() => table.row(i), 'ERR_OUT_OF_RANGE', 'row', String(i));
});
