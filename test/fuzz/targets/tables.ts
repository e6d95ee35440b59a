import * as arrow from 'apache-arrow';
import { table } from '../../../lib/tables/open';
import type { Target } from '../target';
import { fileOf } from './files';

const texts = (...list: string[]) => list.map((text) => new TextEncoder().encode(text));

async function readTable(input: Uint8Array, extension: string): Promise<string> {
  const read = await table(fileOf(input, extension), { engine: 'small' });
  for (const row of read) void row;
  read.describe();
  return read.fields.map(({ type }) => type).join(' ');
}

export const csv: Target = {
  seeds: () =>
    texts(
      'a,b,c\n1,x,2020-01-01\n,"y ""z""\n",2021-12-31T01:02:03Z\n3e5,,\n',
      'x;y\r\n1,5;true\r\n-0;false\r\n',
      '\ufeffn\tw\n007\tä€😀\n9007199254740993\t\n',
    ),
  read: (input) => readTable(input, 'csv'),
};

export const json: Target = {
  seeds: () =>
    texts(
      '[{"a":1,"b":"x"},{"a":null,"c":true}]',
      '{"a":1.5,"b":"2020-01-01"}\n{"b":"\\u00e4\\ud83d\\ude00","a":-0}\n',
      ' [ {"a":[1],"b":{"c":1}} , {"a":[] } ] ',
    ),
  read: (input) => readTable(input, 'ndjson'),
};

const of = (values: readonly unknown[], type: arrow.DataType) =>
  arrow.vectorFromArray(values as never[], type as never);

export const arrowFile: Target = {
  seeds() {
    const whole = new arrow.Table({
      f: of([1.5, null, -2], new arrow.Float64()),
      i: of([1n, null, -3n], new arrow.Int64()),
      w: of(['a', null, 'ä€😀'], new arrow.Utf8()),
      c: of(['x', 'y', 'x'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
      b: of([true, null, false], new arrow.Bool()),
      t: of([new Date(0), null, new Date(0)], new arrow.TimestampMillisecond()),
    });
    return [arrow.tableToIPC(whole, 'file'), arrow.tableToIPC(whole.select(['f', 'c']), 'stream')];
  },
  read: (input) => readTable(input, 'arrow'),
};

/** The seeds are in the corpus: files that DuckDB wrote. */
export const parquet: Target = { seeds: () => [], read: (input) => readTable(input, 'parquet') };
