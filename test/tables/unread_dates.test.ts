import { table } from '../../lib/tables';
import { columnOf } from '../../lib/tables/table';
import { train } from '../../lib/tables/train/train';
import { whyUnread } from '../../lib/tables/unread_dates';
import { normal, range } from '../support/numbers';

const days = range(200).map((i) => new Date(Date.UTC(2019, 0, 1) + ((i * 37) % 900) * 86_400_000).toISOString());
const part = (day: string) => [day.slice(0, 4), day.slice(5, 7), day.slice(8, 10)] as const;
const why = async (text: (year: string, month: string, day: string, i: number) => string) => {
  const csv = `when\n${days.map((day, i) => text(...part(day), i)).join('\n')}\n`;
  return whyUnread(columnOf(await table({ csv }), 'when'));
};

test.each([
  ['years of two digits', (y: string, m: string, d: string) => `${d}.${m}.${y.slice(2)}`],
  ['without separators', (y: string, m: string, d: string) => `${y}${m}${d}`],
  ['in several forms', (y: string, m: string, d: string, i: number) => (i % 2 ? `${m}/${d}/${y}` : `${d}.${m}.${y}`)],
  [
    'could be read as 25/06/1998 or 06/25/1998',
    (y: string, m: string, d: string) => `${Math.min(12, Number(d))}/${m}/${y}`,
  ],
])('dates that are not read as such have a reason: %s', async (reason, text) => {
  expect(await why(text)).toContain(reason);
  expect(await why(text)).toContain('as 1998-06-25');
});

test.each([
  ['dates that are read', (y: string, m: string, d: string) => `${y}-${m}-${d}`],
  ['numbers', (_y: string, _m: string, _d: string, i: number) => String(19_990_000 + 13 * i)],
  ['codes', (_y: string, m: string, d: string, i: number) => `${d}.${m}.${60 + i}0`],
  ['words', (_y: string, m: string) => `w${m}`],
])('none: %s', async (_, text) => {
  expect(await why(text)).toBeUndefined();
});

test('the report of a training has the reason of a column that is used as it is', async () => {
  const noise = normal(1);
  const rows = days.map((day) => ({ when: Number(part(day).join('')), y: noise() }));
  const { report } = await train(await table(rows), { target: 'y', hidden: [], warnings: false });
  expect(report.leftOut).toEqual([]);
  expect(report.unreadDates).toEqual({ when: expect.stringContaining('19980625 as 1998-06-25') });
});
