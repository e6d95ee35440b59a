import { readCsv } from '../../../lib/lab/race/csv';

test.each([
  ['commas', 'a,b\n1,2\n3,4\n'],
  ['semicolons', 'a;b\r\n1;2\r\n3;4'],
  ['tabs', 'a\tb\n1\t2\n3\t4\n'],
  ['a byte order mark, blanks and empty lines', '\ufeffa, b\n\n 1,2\n3 ,4\n\n'],
  ['an empty line before it, and separators within quoted names', '\n"a";b\n1;2\n3;4'],
  ['quotes', '"a","b"\n"1","2"\n3,"4"'],
])('a table with %s', (_, text) => {
  expect(readCsv(text)).toEqual({
    columns: ['a', 'b'],
    rows: [
      ['1', '2'],
      ['3', '4'],
    ],
  });
});

test('quoted fields hold separators, quotes and line breaks', () => {
  expect(readCsv('name,note\n"Li, Wei","says ""no""\nand goes"').rows).toEqual([['Li, Wei', 'says "no"\nand goes']]);
});

test('a decimal comma in a table with semicolons stays in its field', () => {
  expect(readCsv('a;b\n1,5;2,5').rows).toEqual([['1,5', '2,5']]);
});

test('separators within quoted names do not count', () => {
  expect(readCsv('"p,q,r";b\n1;2').columns).toEqual(['p,q,r', 'b']);
});

test('a table of more than a million rows is refused', () => {
  expect(() => readCsv(`a\n${'1\n'.repeat(1_000_001)}`)).toThrow('it has more than 1,000,000 rows');
});

test.each([
  ['', 'it has no rows'],
  ['a,b\n', 'it has no rows'],
  ['a,b\n1,2\n3\n', 'line 3'],
  ['a,b\n1,"2\n3,4\n', 'line'],
  ['a,b,a\n1,2,3\n', 'two columns have the name "a"'],
])('%j is refused: %s', (text, reason) => {
  expect(() => readCsv(text)).toThrow(reason);
  expect(() => readCsv(text)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
});
