import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import packageJson from '../../../package.json';
import { runNode } from '../../support/child';
import { folders } from '../../support/folders';

const newFolder = folders();
let folder: string;
beforeAll(() => {
  folder = newFolder();
});

const main = packageJson.bin.glissade;
const rows = Array.from({ length: 300 }, (_, i) => `${i},w${i}\n`).join('');

const files: Record<string, string | Uint8Array> = {
  'ragged.csv': `a,b\n${rows}1,2,3\n`,
  'quote.csv': `a,b\n${rows}1,"2\n`,
  'latin.csv': Buffer.from('a,b\n1,\xe9\n', 'latin1'),
  'truncated.csv.gz': gzipSync(`a,b\n${rows}`).subarray(0, 500),
  'truncated.parquet': Buffer.from('PAR1 and no more'),
  'empty.csv': '',
  'junk.csv': Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 7919) % 256)),
  'array.json': '[{"a":1,"b":2},',
};

describe.each(['duckdb', 'small'])('glissade by %s', (engine) => {
  const glissade = (...parameters: string[]) =>
    runNode([main, ...parameters], { env: { GLISSADE_TABLE_ENGINE: engine } });

  test.each([...Object.keys(files), 'missing.csv', '.'])('says in a line why it cannot read %s', async (name) => {
    const file = path.join(folder, name);
    if (files[name] !== undefined) fs.writeFileSync(file, files[name]);
    const out = path.join(folder, `${engine}.safetensors`);
    const { code, stdout, stderr } = await glissade('train', file, '--target', 'a', '--out', out);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^glissade: ERR_(CORRUPT_FILE|FILE): [^\n]+\n$/);
    expect(stderr).toContain(file);
    expect(fs.existsSync(out)).toBe(false);
  });

  test('describes a table', async () => {
    const file = path.join(folder, 'good.csv');
    fs.writeFileSync(file, `a,b\n${rows}`);
    expect((await glissade('describe', file)).stdout).toMatch(/^300 rows, 2 columns\n\ncolumn .*\na +identifier/);
    const json = JSON.parse((await glissade('describe', file, '--json')).stdout);
    expect(json).toMatchObject({ file, rows: 300, columns: [{ name: 'a', quantiles: { maximum: 299 } }, {}] });
  });
});

test('refuses SQL that does not parse', async () => {
  const { code, stderr } = await runNode([main, 'describe', 'select * frm x']);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^glissade: ERR_INVALID_ARGUMENT: the query: [^\n]+\n$/)]);
});
