import { table } from '../../../lib/tables';
import { kindsOf } from '../../../lib/tables/table';
import { reasonFor } from '../../../lib/tables/train/left_out';

test('each unused column has its reason', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => [
    `c${i}`,
    1,
    `0${(i % 9) + 1}/03/1998`,
    i % 2,
    i,
    ['u', 'v'][i % 2]!,
  ]);
  const data = await table({ csv: `id,same,day,group,w,rare\n${rows.map((row) => row.join()).join('\n')}\n` });
  const uses = { kinds: kindsOf(data), given: undefined, without: [], by: 'group', weight: 'w' };
  const reasons = data.columns.map((name) => reasonFor(data, name, uses));
  expect(reasons).toEqual([
    'identifier: nearly every value differs',
    'constant',
    'dates that could be read as 25/06/1998 or 06/25/1998; write them as 1998-06-25',
    'the column by which the rows are divided',
    'the weights of the rows',
    'each category has too few rows',
  ]);
  expect(reasonFor(data, 'same', { ...uses, given: ['id'] })).toBe('no step in the pipeline');
  expect(reasonFor(data, 'rare', { ...uses, without: ['rare'] })).toBe('left out by the option without');
});
