import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { table } from '../../../lib/tables/open';
import type { RowObject } from '../../../lib/tables/readers/rows';

const count = 20_000;

async function* cursor(rowOf: (i: number) => RowObject): AsyncGenerator<RowObject> {
  for (let i = 0; i < count; ++i) yield rowOf(i);
}

const contentsOf = async (rows: Iterable<object> | AsyncIterable<object>) => {
  const read = await table(rows);
  return { fields: read.fields.map(({ name, type }) => `${name}: ${type}`), rows: Array.from(read) };
};

test('rows of an array, a generator and a cursor give the same table', async () => {
  const rowOf = (i: number) => ({
    n: i / 3,
    w: `w${i % 7}`,
    b: i % 2 === 0,
    d: new Date(i * 1e7),
    hole: i % 3 ? i : null,
  });
  const rows = Array.from({ length: count }, (_, i) => rowOf(i));
  const expected = { fields: ['n: number', 'w: word', 'b: boolean', 'd: date', 'hole: number'], rows };
  for (const from of [rows, new Set(rows), cursor(rowOf)]) expect(await contentsOf(from)).toEqual(expected);
});

describe('types that the caller gives for rows', () => {
  const rows = [
    { zip: 8001, n: '12', b: 'True', d: '2020-02-29', late: null },
    { zip: 3012, n: 2.5, b: 1, d: new Date('2021-01-01'), late: null, new: '7' },
    { zip: null, n: null, b: false, d: null, late: null, new: true },
  ];

  test('become the types of the columns', async () => {
    const types = { zip: 'word', n: 'number', b: 'boolean', d: 'date', late: 'number', new: 'number' } as const;
    const read = await table(rows, { types });
    expect(Object.fromEntries(read.fields.map(({ name, type }) => [name, type]))).toEqual(types);
    expect(Array.from(read)).toEqual([
      { zip: '8001', n: 12, b: true, d: new Date('2020-02-29'), late: null, new: null },
      { zip: '3012', n: 2.5, b: true, d: new Date('2021-01-01'), late: null, new: 7 },
      { zip: null, n: null, b: false, d: null, late: null, new: 1 },
    ]);
  });

  test.each([
    [{ zip: 'date' }, 'row 1, column "zip": 8001 is not a date, the type given'],
    [{ d: 'number' }, 'row 1, column "d": "2020-02-29" is not a number'],
    [{ zap: 'word' }, 'types: rows has no column "zap". Did you mean "zip"?'],
    [{ zip: 'string' }, 'type of "zip"'],
  ])("are refused if they don't fit: %j", async (types, message) => {
    await expect(table(rows, { types: types as never })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining(message),
    });
  });
});

test('columns can appear late, and become words late', async () => {
  const when = new Date('2020-01-01');
  const late = count - 1;
  const { fields, rows } = await contentsOf(
    cursor((i) => ({
      mixed: i === late ? 'x' : i / 2,
      truth: i === late ? 1 : true,
      day: i === late ? 'soon' : when,
      ...(i === late ? { late: 3 } : {}),
      id: i === late ? 9007199254740993n : BigInt(i),
      none: undefined,
    })),
  );
  expect(fields).toEqual(['mixed: word', 'truth: word', 'day: word', 'id: word', 'none: word', 'late: number']);
  expect(rows[3]).toEqual({ mixed: '1.5', truth: 'true', day: when.toISOString(), id: '3', none: null, late: null });
  expect(rows[late]).toEqual({ mixed: 'x', truth: '1', day: 'soon', id: '9007199254740993', none: null, late: 3 });
});

test('reads a cursor without keeping its rows', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept: WeakRef<object>[] = [];
  let alive = 0;
  await table(
    (async function* () {
      for (let i = 0; i < 200_000; ++i) {
        const row = { a: i };
        if (i % 1000 === 0) kept.push(new WeakRef(row));
        yield row;
      }
      await new Promise(setImmediate); // a WeakRef keeps its object until the end of a turn
      collect();
      alive = kept.filter((one) => one.deref() !== undefined).length;
    })(),
  );
  expect(alive).toBeLessThan(20);
});

test.each<[unknown[], string]>([
  [[{ a: 1 }, 5], 'Expected an object with the names of the columns for row 2 but received 5'],
  [
    [{ a: 1 }, { a: { b: 1 } }],
    'row 2, column "a": Expected a number, a string, a boolean, a Date or null but received an Object',
  ],
  [[], 'rows has no rows'],
])('refuses %j', async (rows, sentence) => {
  await expect(table(rows as object[])).rejects.toThrow(sentence);
});
