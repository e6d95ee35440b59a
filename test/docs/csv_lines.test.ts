import fs from 'node:fs';
import path from 'node:path';
import { table } from '../../lib/tables/open';
import type { Engine } from '../../lib/tables/readers/duckdb';
import { packageRoot } from '../support/child';
import { folders } from '../support/folders';

const newFolder = folders();
const lines = ['age,city', '41,Bern', '23,Basel'];
const texts = [
  ['line feeds', `${lines.join('\n')}\n`],
  ['carriage returns and line feeds', `${lines.join('\r\n')}\r\n`],
  ['carriage returns', `${lines.join('\r')}\r`],
  ['no line break at the end', lines.join('\r\n')],
  ['a byte order mark', `\uFEFF${lines.join('\r\n')}\r\n`],
] as const;

describe.each(texts)('a CSV file with %s', (_, text) => {
  test('is read by the code of the page that reads one by hand', async () => {
    const page = fs.readFileSync(path.join(packageRoot, 'docs/csv-to-server.md'), 'utf8');
    const [reading] = /^const \[head, \.\.\.lines\][\s\S]*?^const rows = .*$/m.exec(page)!;
    const rows = await new Function('readFile', `return (async () => { ${reading}\n return rows; })()`)(
      async () => text,
    );
    expect(rows).toEqual([
      { age: '41', city: 'Bern' },
      { age: '23', city: 'Basel' },
    ]);
  });

  test.each(['duckdb', 'small'] satisfies Engine[])('is read by table() with %s', async (engine) => {
    const file = path.join(newFolder(), 'customers.csv');
    fs.writeFileSync(file, text);
    expect(Array.from(await table(file, { engine }))).toEqual([
      { age: 41, city: 'Bern' },
      { age: 23, city: 'Basel' },
    ]);
  });
});
