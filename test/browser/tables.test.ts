import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as glissade from 'glissade';
import * as tables from 'glissade/tables';
import { outputOf, packageRoot } from '../support/child';

const folder = path.join(packageRoot, 'dist/browser');
const importing = ['index', 'tables']
  .map((name) => `import * as ${name} from ${JSON.stringify(pathToFileURL(path.join(folder, `${name}.js`)))};\n`)
  .join('');

const valuesOf = (entry: object) => Object.keys(entry).sort();

describe('the entry points for browsers', () => {
  test('export what those of Node do', async () => {
    const printed = await outputOf(
      `${importing} console.log(JSON.stringify([index, tables].map((each) => Object.keys(each).sort())))`,
    );
    expect(JSON.parse(printed)).toEqual([valuesOf(glissade), valuesOf(tables)]);
  });

  test('have one library, which glissade/tables alone makes no larger', () => {
    const [index, own, shared] = ['index', 'tables', 'shared'].map((name) =>
      fs.readFileSync(path.join(folder, `${name}.js`), 'utf8'),
    );
    expect(index).toContain('"./shared.js"');
    expect(own).toContain('"./shared.js"');
    expect(own).toContain('a table that table() returned');
    expect(`${index}${shared}`).not.toContain('a table that table() returned');
  });
});

/** The error of an expression over `index` and `tables`, which the browser's library has not started for. */
const errorOf = (expression: string): Promise<string> =>
  outputOf(`${importing}
    try {
      console.log(JSON.stringify(await ${expression}));
    } catch (error) {
      console.log(error instanceof index.GlissadeError, error.code, error.message);
    }
  `);

describe('in a browser', () => {
  test.each(['people.csv', 'people.parquet', 'parts/*.csv', 'select 1 as a', 'https://example.org/people.csv'])(
    'a table of %j is refused, with what to give',
    async (input) => {
      const printed = await errorOf(`tables.table(${JSON.stringify(input)})`);
      expect(printed).toMatch(/^true ERR_UNSUPPORTED_PLATFORM files, addresses and queries .*\{ csv: text \}/);
    },
  );

  test.each(['tables.serveModel({})', 'tables.serveForecast({})'])(
    '%s is refused, because there are no servers',
    async (call) => {
      expect(await errorOf(call)).toMatch(/^true ERR_UNSUPPORTED_PLATFORM .* needs Node: a browser has no servers/);
    },
  );

  test.each([
    "tables.loadTableModel('model.safetensors')",
    "tables.loadForecastModel('model.safetensors')",
    "tables.readIDX('images.idx')",
    "tables.readNpy('array.npy')",
    "tables.readLibsvm('rows.svm')",
    "tables.readVectors('words.vec')",
  ])('%s is refused, because there are no files', async (call) => {
    expect(await errorOf(call)).toMatch(/^true ERR_UNSUPPORTED_PLATFORM a browser has no files/);
  });

  test('bytes are read: little-endian and big-endian numbers', async () => {
    expect(JSON.parse(await errorOf('tables.readIDX(Uint8Array.of(0, 0, 11, 1, 0, 0, 0, 2, 0, 6, 1, 0))'))).toEqual({
      shape: [2],
      data: { 0: 6, 1: 256 },
    });
  });

  test.each([
    ['gzip', [0x1f, 0x8b, 8, 0]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ])('bytes compressed by %s are refused', async (_, bytes) => {
    expect(await errorOf(`tables.readIDX(Uint8Array.from(${JSON.stringify(bytes)}))`)).toMatch(
      /^true ERR_UNSUPPORTED_PLATFORM .*decompress the bytes first/,
    );
  });
});
