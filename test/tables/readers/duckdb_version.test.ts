import fs from 'node:fs';
import path from 'node:path';
import { table } from '../../../lib/tables/open';
import { packageRoot } from '../../support/child';

let version = '';
jest.mock('@duckdb/node-api', () => ({
  ...jest.requireActual('@duckdb/node-api'),
  version: () => version,
}));

const rowsOf = async () => (await table('select 1 as x union all select 2')).rows;

test.each(['v1.3.0', 'v1.5.6', 'v1.10.0', 'v2.0.0', 'v1.4.0-dev12'])(
  'reads a query with DuckDB %s',
  async (installed) => {
    version = installed;
    expect(await rowsOf()).toBe(2);
  },
);

test.each(['v1.2.2', 'v0.10.3'])('refuses DuckDB %s, with the command to type', async (installed) => {
  version = installed;
  await expect(rowsOf()).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED_PLATFORM',
    message: expect.stringMatching(/1\.3 or later is needed, but v\d.* npm install @duckdb\/node-api@latest/),
  });
});

// semver regards each version on npm as a pre-release (1.5.6-r.1), which only ranges that name its three
// numbers admit. Package managers accept any version for *.
test('the peer range admits pre-releases', () => {
  const { peerDependencies } = JSON.parse(fs.readFileSync(path.join(packageRoot, 'package.json'), 'utf8'));
  expect(peerDependencies['@duckdb/node-api']).toBe('*');
});
