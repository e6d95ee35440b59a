import { describeColumn, type Spread } from '../../lib/tables/describe';
import { table } from '../../lib/tables/open';
import { kindsOf } from '../../lib/tables/table';
import { train } from '../../lib/tables/train/train';

const rows = Array.from({ length: 40 }, (_, i) => ({
  zip: 1000 + (i % 4),
  price: i === 7 ? null : i / 2,
  city: i < 5 ? null : ['Bern', 'Basel', 'Chur'][Math.floor(i / 2) % 3],
  when: new Date(Date.UTC(2020, 0, 1 + i)),
  sold: i % 5 > 0,
  same: 'x',
}));

const columnsOf = async (of: Iterable<object>, options = {}) => {
  const { columns } = (await table(of, options)).describe();
  return Object.fromEntries(columns.map((column) => [column.name, column]));
};

test('describes each column', async () => {
  const { zip, price, city, when, sold, same } = await columnsOf(rows);
  expect(zip).toMatchObject({ type: 'number', kind: 'number', missing: 0, distinct: { count: 4, isExact: true } });
  const present = rows.map((row) => row.price).filter((one) => one !== null);
  expect(price).toMatchObject({
    kind: 'number',
    missing: 1,
    distinct: { count: 39, isExact: true },
    quantiles: { minimum: 0, lowerQuartile: 5.25, median: 10, upperQuartile: 14.75, maximum: 19.5 },
    histogram: { from: 0, to: 19.5 },
  });
  expect((price!.quantiles as Spread<number>).mean).toBeCloseTo(present.reduce((a, b) => a + b, 0) / 39, 12);
  expect(price!.histogram!.counts.reduce((a, b) => a + b, 0)).toBe(39);
  expect(price!.histogram!.counts.slice(0, 3)).toEqual([4, 3, 2]);
  expect(city).toMatchObject({
    kind: 'category',
    missing: 5,
    distinct: { count: 3, isExact: true },
    top: [
      { value: 'Bern', count: 12 },
      { value: 'Basel', count: 12 },
      { value: 'Chur', count: 11 },
    ],
  });
  expect(when).toMatchObject({
    kind: 'date',
    quantiles: {
      minimum: new Date('2020-01-01'),
      median: new Date('2020-01-20T12:00Z'),
      maximum: new Date('2020-02-09'),
    },
  });
  expect(sold).toMatchObject({
    kind: 'boolean',
    top: [
      { value: true, count: 32 },
      { value: false, count: 8 },
    ],
  });
  expect(same).toMatchObject({ kind: 'constant', distinct: { count: 1 } });
});

test('prints a table and converts to plain JSON', async () => {
  const description = (await table(rows)).describe();
  const lines = String(description).split('\n');
  expect(lines[0]).toBe('40 rows, 6 columns');
  expect(lines[3]).toMatch(/^zip +number +4 +1000 +1001 +1002 +1002 +1003 +1002 {2}█ {3}█ {3}█ {2}█$/);
  expect(lines[5]).toMatch(/^city +category +5 \(12\.5 %\) +3 {2}Bern 30 %, Basel 30 %, Chur 27\.5 %$/);
  expect(lines[6]).toMatch(
    /^when +date +40 +2020-01-01 +2020-01-10 18:00 +2020-01-20 12:00 +2020-01-30 06:00 +2020-02-09 /,
  );
  expect(JSON.parse(JSON.stringify(description)).columns[3].quantiles.minimum).toBe('2020-01-01T00:00:00.000Z');
});

test('describes the rows of a selection', async () => {
  const { columns } = (await table(rows)).select([0, 1, 5]).describe();
  expect(columns.map(({ distinct }) => distinct.count)).toEqual([2, 3, 1, 3, 2, 1]);
});

test('handles columns without values, with infinite values, and with one distinct value', async () => {
  const { none, far, one } = await columnsOf([
    { none: Number.NaN, far: Number.POSITIVE_INFINITY, one: 3 },
    { none: 1, far: 5, one: 3 },
    { none: null, far: 7, one: 3 },
  ]);
  expect(none).toMatchObject({ missing: 2, quantiles: { minimum: 1, maximum: 1 } });
  expect(far).toMatchObject({ quantiles: { maximum: Number.POSITIVE_INFINITY }, histogram: { from: 5, to: 7 } });
  expect(far!.histogram!.counts.reduce((a, b) => a + b, 0)).toBe(2);
  expect(one!.histogram).toMatchObject({ from: 3, to: 3 });
  expect(one!.histogram!.counts[0]).toBe(3);
});

test('estimates the number of distinct values where there are very many', () => {
  const count = 2 ** 22 + 2;
  const columnOf = (numberAt: (i: number) => number) =>
    describeColumn(
      'a',
      { type: 'number', values: Float64Array.from({ length: count }, (_, i) => numberAt(i)) },
      'number',
    );
  expect(columnOf((i) => i % 999).distinct).toEqual({ count: 999, isExact: false });
  const { distinct } = columnOf((i) => i);
  expect(distinct).toEqual({ count: Math.round(Math.SQRT2 * (count / 2)), isExact: false }); // every second one is sampled
});

describe('kinds that the caller gives', () => {
  test('apply to the table, its selections, its description and its training', async () => {
    const read = await table(rows, { kinds: { zip: 'category', when: 'identifier' } });
    for (const one of [read, read.select([0, 1]), read.without(['same'])])
      expect(Object.fromEntries(kindsOf(one))).toMatchObject({ zip: 'category', when: 'identifier' });
    expect(read.describe().columns[0]!.kind).toBe('category');
    const { report, model } = await train(read, { target: 'sold', epochs: 1, hidden: [] });
    expect(report.kinds).toMatchObject({ zip: 'category', when: 'identifier' });
    expect(report.leftOut).toContain('when');
    expect(JSON.stringify(model.pipeline.steps)).toContain('1003'); // a separate category
  });

  test('replace those of a table', async () => {
    const again = await table(await table(rows), { kinds: { zip: 'identifier' } });
    expect(kindsOf(again).get('zip')).toBe('identifier');
  });

  test.each([
    [{ zips: 'category' }, 'kinds: rows has no column "zips". Did you mean "zip"?'],
    [{ zip: 'categorie' }, 'unknown kind of "zip" "categorie". Did you mean "category"?'],
    [{ city: 'number' }, 'kinds: the column "city" has the type word, which can\'t be of the kind number'],
    [{ zip: 'text' }, 'kinds: the column "zip" has the type number, which can\'t be of the kind text'],
    ['zip', 'Expected an object of kinds by the names of columns for kinds but received "zip"'],
  ])('%j is refused', async (kinds, sentence) => {
    await expect(table(rows, { kinds: kinds as never })).rejects.toThrow(sentence);
  });
});

test('infinite values count in the quartiles', async () => {
  const { x } = await columnsOf([1, 2, 3, 4, Number.POSITIVE_INFINITY].map((value) => ({ x: value })));
  expect(x!.quantiles).toMatchObject({
    lowerQuartile: 2,
    median: 3,
    upperQuartile: 4,
    maximum: Number.POSITIVE_INFINITY,
  });
});

test('uses the singular for one row', async () => {
  expect(String((await table([{ x: 1 }])).describe())).toMatch(/^1 row, 1 column\n/);
});

test('a table made from a table keeps its kinds and row numbers', async () => {
  const said = (await table(rows, { kinds: { zip: 'category' } })).select([3, 5]);
  const both = await table(said, { kinds: { sold: 'number' } });
  expect([kindsOf(both).get('zip'), kindsOf(both).get('sold')]).toEqual(['category', 'number']);
  expect([...both.rowNumbers]).toEqual([3, 5]);
});

test('requires that a table has columns', async () => {
  const one = await table([{ x: 1 }]);
  expect(() => one.without(['x'])).toThrow('no column of rows is left');
  expect(() => one.without('x' as unknown as string[])).toThrow('Expected an array of names');
  expect(() => one.values(5 as unknown as string)).toThrow('Expected a string for the name of a column but received 5');
  await expect(table([{}, {}])).rejects.toThrow('rows has no columns');
});
