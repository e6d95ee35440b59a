import { parse } from 'csv-parse/sync';
import { CsvParser } from '../../../lib/tables/readers/csv_parser';
import { random } from '../../support/numbers';

/** The records of a text that arrives in pieces. */
function recordsOf(pieces: readonly string[], delimiter?: string) {
  const records: { fields: string[]; line: number }[] = [];
  const parser = new CsvParser('file.csv', delimiter, (fields, line) => records.push({ fields, line }));
  for (const piece of pieces) parser.add(piece);
  parser.end();
  return { records, parser };
}

/** csv-parse's result for a text; undefined if it refuses, or rows are ragged. */
function expectedOf(text: string): string[][] | undefined {
  const record_delimiter = ['\r\n', '\n', '\r'];
  try {
    const all = parse(text.replace(/^[\r\n]+/, ''), { delimiter: ',', record_delimiter, relax_column_count: true });
    const columns = all[0]?.length ?? 0;
    const records = all.filter(({ length, 0: first }) => columns === 1 || length > 1 || first !== '');
    for (const record of records) while (record.length > columns && record.at(-1) === '') record.pop();
    return records.every(({ length }) => length === columns) ? records : undefined;
  } catch {
    return undefined;
  }
}

test('finds the records that csv-parse finds, for random texts in any pieces', () => {
  const uniform = random(1);
  const below = (count: number) => Math.floor(uniform() * count);
  const parts = ['a', 'b', 'ä', ' ', ',', ',', '"', '"', '""', '"a"', '\n', '\n', '\r\n', '\r', '\n"a,b\r\n"'];
  const counts = { read: 0, refused: 0 };
  for (let i = 0; i < 4000; ++i) {
    const text = Array.from({ length: below(14) }, () => parts[below(parts.length)]).join('');
    const pieces = text.split(/(?<=\n)/).reduce<string[]>((list, line) => {
      if (list.length > 0 && uniform() < 0.5) list.push(`${list.pop()}${line}`);
      else list.push(line);
      return list;
    }, []);
    const expected = expectedOf(text);
    let found: string[][] | undefined;
    try {
      found = recordsOf(pieces, ',').records.map(({ fields }) => fields);
    } catch (error) {
      expect((error as { code?: string }).code).toBe('ERR_CORRUPT_FILE');
    }
    expect([text, found]).toEqual([text, expected]);
    counts[found ? 'read' : 'refused'] += 1;
  }
  expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(400);
});

test('gives each record with the line it begins on', () => {
  const { records, parser } = recordsOf(['\uFEFF\n\r\na,b\n1,"x\r\n', 'y\rz"\n\n2,w\n']);
  expect(records).toEqual([
    { fields: ['a', 'b'], line: 3 },
    { fields: ['1', 'x\r\ny\rz'], line: 4 },
    { fields: ['2', 'w'], line: 8 },
  ]);
  expect(parser.emptyLines).toBe(2);
  expect([...parser.lineEnds]).toEqual(['\n', '\r\n']);
});

test.each([
  ['a;b,c;d\n', ';'],
  ['\n\n"a,b,c"|d\n', '|'],
  ['a\tb\n', '\t'],
  ['a\n', ','],
])('finds the delimiter in the header line %j', (text, delimiter) => {
  expect(recordsOf([text]).parser.delimiter).toBe(delimiter);
});

test('accepts a delimiter of several characters', () => {
  expect(recordsOf(['a::b\n"1::2"::3\n'], '::').records.map(({ fields }) => fields)).toEqual([
    ['a', 'b'],
    ['1::2', '3'],
  ]);
});

test.each(['a\n', 'a\r', '"a"\n', '"a",b\n'])('takes time in proportion to the number of lines of %j', (line) => {
  const before = process.cpuUsage();
  expect(recordsOf([line.repeat(300_000)]).records).toHaveLength(300_000);
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2); // seconds: ten times the usual time
});

test.each([
  ['a,b\n1,2\n"3', 'line 3: a quotation mark inside a field, or a quoted field that never ends'],
  [`a\n"${'x\n'.repeat(5e6)}`, 'line 2: it is longer than 8 MB'],
])('refuses %.9j', (text, sentence) => {
  expect(() => recordsOf([text])).toThrow(`file.csv, ${sentence}`);
});
