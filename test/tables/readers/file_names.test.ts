import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { openSource, table } from '../../../lib/tables/open';
import type { Engine } from '../../../lib/tables/readers/duckdb';
import packageJson from '../../../package.json';
import { packageRoot, runNode } from '../../support/child';
import { folders } from '../../support/folders';

/** Names of files, each beside another file that the name would mean as a pattern, home folder, escape or URL. */
const names: Record<string, string> = {
  'data[1]': 'data1',
  'st*r': 'star',
  'q?': 'qa',
  '**': 'star',
  '[!a]': 'b',
  '[[]': '[',
  'a]b[c-d]': 'a]bc',
  '{a,b}': 'a',
  '~': 'home',
  'pe%20r': 'pe r',
  "it's": 'its',
  'sp ace': 'space',
  '"quoted"': 'quoted',
  $HOME: 'home',
  '-x': 'x',
  'file:a': 'a',
  'back\\slash': 'backslash',
  '\\*': '*',
  'a\\[b]': 'a[b]',
  '.h[1]': '.h1',
};

/** Folders with names that are used literally. */
const folderNames = ['in[1]', 'in1', 'fo\\o', 'foo', '~', 's3:', 'run=3', 'name=other'];

const newFolder = folders();
let root: string;
const home = process.cwd();
beforeAll(async () => {
  root = newFolder();
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const plain = path.join(root, 'plain');
  const parquetOf = async (name: string) => {
    await connection.run(
      `copy (select 1 as row, '${name.replaceAll("'", "''")}' as name) to '${plain}' (format parquet)`,
    );
    return fs.readFileSync(plain);
  };
  const write = async (file: string) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    for (const [extension, textOf] of Object.entries(texts))
      fs.writeFileSync(path.join(root, `${file}.${extension}`), textOf(file));
    fs.writeFileSync(path.join(root, `${file}.parquet`), await parquetOf(file));
  };
  for (const name of new Set(Object.entries(names).flat())) await write(name);
  for (const folder of folderNames) for (const name of ['data[1]', 'data1', '~']) await write(`${folder}/${name}`);
  connection.closeSync();
  process.chdir(root);
});
afterAll(() => process.chdir(home));

const csv = (separator: string) => (name: string) =>
  `row${separator}name\n1${separator}"${name.replaceAll('"', '""')}"\n`;
const json = (name: string) => JSON.stringify({ row: 1, name });
const texts = {
  csv: csv(','),
  tsv: csv('\t'),
  ndjson: (name: string) => `${json(name)}\n`,
  json: (name: string) => `[${json(name)}]`,
  'csv.gz': (name: string) => gzipSync(csv(',')(name)),
} satisfies Record<string, (name: string) => string | Uint8Array>;
const extensions = [...Object.keys(texts), 'parquet'];

async function expectItself(name: string, extension: string, engine: Engine, within = ''): Promise<void> {
  const file = `${within}${name}.${extension}`;
  const data = await table(file, { engine });
  expect([data.name, ...data.values('name')]).toEqual([file, name]);
  expect(data.fields.map((field) => field.name)).toEqual(['row', 'name']);
}

describe.each(['duckdb', 'small'] satisfies Engine[])('the name of a file, read by %s,', (engine) => {
  test('means that file, whatever characters it contains', async () => {
    for (const name of Object.keys(names))
      for (const extension of extensions) await expectItself(name, extension, engine);
  });

  test.each(folderNames)('means that file in the folder %j', async (folder) => {
    for (const name of ['data[1]', '~'])
      for (const extension of ['csv', 'ndjson', 'parquet'])
        for (const within of ['', `${root}/`]) await expectItself(`${folder}/${name}`, extension, engine, within);
  });

  test('means that file as a URL, as an object and as a text', async () => {
    for (const name of Object.keys(names)) {
      const url = pathToFileURL(path.resolve(`${name}.csv`));
      for (const input of [url, url.href]) expect([...(await table(input, { engine })).values('name')]).toEqual([name]);
    }
  });
});

test('a rank reads its part of the file by name', async () => {
  const ranks = { rank: 0, size: 1, gather: async (one: unknown) => [one] };
  for (const extension of ['csv', 'ndjson', 'parquet']) {
    const source = await openSource(`data[1].${extension}`, { engine: 'duckdb' });
    const part = await source.part!(ranks as never);
    const words: string[] = [];
    for await (const { columns } of part.chunks()) {
      const column = columns.find(({ type }) => type === 'word')!;
      if (column.type === 'word') words.push(...Array.from(column.codes, (code) => column.words.word(code)));
    }
    expect(words).toEqual(['data[1]']);
  }
});

test('a pattern that is not the name of a file is expanded, also in a folder with a name that could be a pattern', async () => {
  for (const pattern of ['sta?.csv', 'in[[]1]/data[[]?].csv', '[r-t]tar.ndjson', 'dat?1.parquet'])
    expect((await table(pattern, { engine: 'duckdb' })).rows).toBe(1);
  const all = await table('data[0-9].parquet', { engine: 'duckdb' });
  expect([...all.values('name')]).toEqual(['data1']);
  const url = `${pathToFileURL(root).href}/sta?.csv`;
  expect([...(await table(url, { engine: 'duckdb' })).values('name')]).toEqual(['star']);
});

test.each(['csv', 'ndjson', 'parquet'])(
  'folders of a pattern neither add columns to %s nor change them',
  async (extension) => {
    for (const folder of ['run=3', 'name=other']) {
      const data = await table(`${folder.replace(/=.*/, '=*')}/data1.${extension}`, { engine: 'duckdb' });
      expect(data.fields.map(({ name }) => name)).toEqual(['row', 'name']);
      expect([...data.values('name')]).toEqual([`${folder}/data1`]);
    }
  },
);

test('a query expands its own patterns', async () => {
  const { fields } = await table("select * from 'run=*/data1.parquet'");
  expect(fields.map(({ name }) => name)).toEqual(['row', 'name', 'run']);
  expect([...(await table("select * from 'data[1].csv'")).values('name')]).toEqual(['data1']);
});

test('the command line describes the file with that name', async () => {
  for (const file of ['data[1].csv', 'st*r.csv', './-x.csv']) {
    const { stdout } = await runNode([
      path.join(packageRoot, packageJson.bin.glissade),
      'describe',
      path.resolve(file),
    ]);
    expect(stdout).toContain(path.basename(file, '.csv'));
  }
});
