import { verdictOf } from '../../lib/cli/tables/report_page';
import { kindsOf, table, train } from '../../lib/tables';
import { normal, random, range } from '../support/numbers';

const kindOf = async (name: string, values: readonly number[]) =>
  kindsOf(await table(values.map((value) => ({ [name]: value, y: 1 })))).get(name);

const sorted = (() => {
  const draw = random(3);
  return [...new Set(range(300).map(() => Math.floor(200_000 * draw())))].sort((a, b) => a - b);
})();

describe('whole numbers that all differ', () => {
  test.each([
    ['sample', range(60)],
    ['row', range(60).map((i) => i + 1)],
    ['row with some left out', range(60).filter((i) => i % 4 !== 2)],
    ['orderId', sorted],
    ['order_id', sorted.toReversed()],
    ['invoice no', sorted],
  ])('are identifiers: %s', async (name, values) => {
    expect(await kindOf(name, values)).toBe('identifier');
  });

  test.each([
    ['mileage', sorted],
    ['year', range(120).map((i) => 1900 + i)],
    ['dose', range(60).map((i) => 2 * i)],
    ['age', range(60).map((i) => 20 + i)],
    ['paid', sorted],
    ['humid', sorted],
    ['population', sorted.toReversed()],
  ])('are numbers, also if the rows are sorted by them: %s', async (name, values) => {
    expect(await kindOf(name, values)).toBe('number');
  });
});

test.each([
  ['text', 'texts', (i: number) => `it is day ${i}`],
  ['text', 'texts without spaces', (_: number, drawn: (length: number) => string) => drawn(12)],
  ['identifier', 'names without spaces', (_: number, drawn: (length: number) => string) => drawn(3)],
  ['identifier', 'codes', (i: number) => `AB-CD-EF-${i}`],
])('columns of words are of the kind %s: %s', async (kind, _, textOf) => {
  const draw = random(6);
  const drawn = (length: number) =>
    String.fromCodePoint(...range(length).map(() => 0x4e00 + Math.floor(5000 * draw())));
  const rows = range(60).map((i) => ({ value: textOf(i, drawn), y: 1 }));
  expect(kindsOf(await table(rows)).get('value')).toBe(kind);
});

test('some texts without spaces may repeat', async () => {
  const draw = random(7);
  const drawn = () => String.fromCodePoint(...range(11).map(() => 0x4e00 + Math.floor(5000 * draw())));
  const all = range(80).map(drawn);
  const rows = range(100).map((i) => ({ value: all[i % 80], y: 1 }));
  expect(kindsOf(await table(rows as never)).get('value')).toBe('text');
});

test('a table that is sorted by a column is learnt as well as a shuffled one', async () => {
  const noise = normal(4);
  const rows = sorted.map((mileage) => ({ mileage, price: 30_000 - 0.12 * mileage + 1500 * noise() }));
  const { report } = await train(await table(rows), { target: 'price', hidden: [] });
  expect(report.leftOut).toEqual([]);
  expect(report.scores.linear.r2!.value).toBeGreaterThan(0.9);
  expect(report.warnings).toEqual([]);
});

test('the numbers of rows are read if they are the times', async () => {
  const noise = normal(5);
  const rows = range(120).map((t) => ({ t, x: noise(), y: 0.1 * t + noise() }));
  const quick = { target: 'y', hidden: [], warnings: false };
  const { report } = await train(await table(rows), { ...quick, time: 't' });
  expect(report.leftOut).toEqual([]);
  expect(report.kinds).toMatchObject({ t: 'number' });
  expect((await train(await table(rows), quick)).report.leftOut).toEqual(['t']);
  const both = await train(await table(rows.map((row) => ({ ...row, z: row.y }))), {
    target: ['y', 'z'],
    time: 't',
    epochs: 2,
    warnings: false,
  });
  expect(both.report.leftOut).toEqual([]);
});

test('the verdict names the columns that are not used', async () => {
  const noise = normal(6);
  const rows = range(100).map((id) => ({ id, same: 1, x: noise(), y: noise() }));
  const { report } = await train(await table(rows), { target: 'y', hidden: [], warnings: false });
  expect(verdictOf({ report })).toContain(
    'the columns that it uses say little or nothing about "y"; it does not use "id".',
  );
});
