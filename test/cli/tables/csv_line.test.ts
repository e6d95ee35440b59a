import { csvLine } from '../../../lib/cli/tables/csv_line';

const fields = (cells: Parameters<typeof csvLine>[0], texts: Parameters<typeof csvLine>[1]) => csvLine(cells, texts);

describe('writes unchanged:', () => {
  test.each(['=cmd|calc', '@SUM(A1)', '+1 x', '-a', '＝1'])('%s', (text) => {
    expect(fields([text], 'as they are')).toBe(`${text}\n`);
  });
});

describe('writes safely:', () => {
  test.each([
    ['=cmd|calc', `"'=cmd|calc"`],
    ['=1+2";=1+2', `"'=1+2"";=1+2"`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['+1 x', `'+1 x`],
    ['-a', `'-a`],
    ['-2+3', `'-2+3`],
    ['\t=1', `"'\t=1"`],
    ['\r=1', `"'\r=1"`],
    ['\n=1', `"'\n=1"`],
    ['＝1', `'＝1`],
    ['＠a', `'＠a`],
    ['a;=1', '"a;=1"'], // where a semicolon separates fields
    ['a\t=1', '"a\t=1"'],
    ['a,=1', '"a,=1"'],
  ])('%j with an apostrophe or quotation marks', (text, field) => {
    expect(fields([text], 'safe')).toBe(`${field}\n`);
  });

  test.each([-5, 1e-7, '-5', '+41.5', '-.5e3', 'a=b', 'e@mail', "'", '', null, true, new Date('-000001-01-01')])(
    '%p unchanged',
    (cell) => {
      expect(fields([cell], 'safe')).toBe(fields([cell], 'as they are'));
    },
  );
});
