import fs from 'node:fs';
import path from 'node:path';
import { ColumnBuilder } from '../../lib/tables/column_builder';
import { table } from '../../lib/tables/open';
import type { Engine } from '../../lib/tables/readers/duckdb';
import { folders } from '../support/folders';
import { processorSeconds } from '../support/processor_time';

const newFolder = folders();
function written(extension: string, contents: string): string {
  const file = path.join(newFolder(), `wide.${extension}`);
  fs.writeFileSync(file, contents);
  return file;
}

const names = Array.from({ length: 60_000 }, (_, i) => `column ${i}`);

/** Seconds of processor time. Work that grows with the square of their number takes more than a minute. */
const mostSeconds = 20;

test.each<Engine>(['duckdb', 'small'])('60,000 columns of CSV, JSON and rows, by %s', async (engine) => {
  const row = Object.fromEntries(names.map((name) => [name, 1]));
  const begin = processorSeconds();
  for (const input of [
    written('csv', `${names.join()}\n${names.map(() => '1').join()}\n`),
    written('json', JSON.stringify([row])),
    [row],
  ]) {
    const read = await table(input, { engine });
    expect(read.columns).toEqual(names);
    expect(read.row(0)).toEqual(row);
  }
  expect(processorSeconds() - begin).toBeLessThan(mostSeconds);
});

test('finds a repeated name among many', async () => {
  const file = written('csv', `${[...names, names[59_998]].join()}\n`);
  await expect(table(file)).rejects.toThrow('two columns have the name "column 59998"');
});

test('a column allocates memory as its values arrive, in pieces of doubling size', () => {
  const bytes = () => process.memoryUsage().arrayBuffers;
  const before = bytes();
  const builders = Array.from({ length: 1000 }, () => new ColumnBuilder('number', undefined));
  for (const builder of builders) builder.add({ type: 'number', values: Float64Array.of(1) });
  expect((bytes() - before) / builders.length).toBeLessThan(1000);

  for (const lengths of [[1], [64, 1], [1, 63, 64, 65, 1000, 7], [300_000, 1, 600_000], [70, 2 ** 19, 5]]) {
    const builder = new ColumnBuilder('number', undefined);
    const all = Float64Array.from({ length: lengths.reduce((sum, length) => sum + length) }, (_, i) => i);
    let at = 0;
    for (const length of lengths) {
      builder.add({ type: 'number', values: all.subarray(at, at + length) });
      at += length;
    }
    expect(builder.build()).toEqual({ type: 'number', values: all });
  }
});

test.each([
  ['names that DuckDB does not tell apart', 'csv', 'a,A\n1,2\n', /has column names that DuckDB does not tell apart/],
  ['lines that end in different ways', 'csv', 'a,b\r\n1,2\n', /has lines that end in different ways/],
  ['words and numbers', 'json', '[{"a":"x"},{"a":1.50}]', /has a column of words and numbers with a point/],
])('refuses a pattern of files with %s instead of reading a part', async (_, extension, contents, message) => {
  const folder = newFolder();
  for (const name of ['one', 'two']) fs.writeFileSync(path.join(folder, `${name}.${extension}`), contents);
  const read = table(path.join(folder, `*.${extension}`));
  await expect(read).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringMatching(message) });
});
