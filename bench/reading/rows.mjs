import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runtime } from 'glissade';
import { folderOf, nodeWith } from '../peers/node_package.mjs';
import { temporaryFolder } from '../temporary_folder.mjs';
import { threadsOf } from '../wording.mjs';
import { writeNumbers, writeWords } from './csv_files.mjs';

const { threads } = runtime();
const vega = folderOf('vega-datasets');
export const peers = vega && { 'vega-datasets': nodeWith('vega-datasets').version };

const fileOf = (/** @type {string} */ name) => path.join(import.meta.dirname, name);

const contestants = {
  glissade: { name: 'glissade', program: 'reading/glissade.mjs' },
  alone: {
    name: 'glissade, without DuckDB',
    command: [process.execPath, '--import', pathToFileURL(fileOf('without_duckdb.mjs')).href, fileOf('glissade.mjs')],
  },
  duckdb: { peer: 'DuckDB', name: 'scan', program: 'reading/duckdb.mjs' },
  hyparquet: { peer: 'hyparquet', name: 'parquetRead', program: 'reading/hyparquet.mjs' },
  csvParse: { peer: 'csv-parse', name: 'objects of texts', program: 'reading/csv_parse.mjs' },
  loadtxt: { peer: 'numpy', name: 'loadtxt', program: 'reading/numpy_loadtxt.py' },
};

const of = (/** @type {string[]} */ names, away) => names.map((name) => ({ ...contestants[name], missing: away }));

const common = {
  measures: [
    { key: 'rate', title: 'rate', unit: 'M rows/s', better: 'more' },
    { key: 'bytes', title: 'of the file', unit: 'MB/s', better: 'more', hasRatio: false },
    { key: 'memory', title: 'most memory', unit: 'MB' },
  ],
  note: 'Each trial counts the rows and columns that it read. Files are in the cache of the system after the first.',
  trials: 5,
};

/** The arguments for a file of `rows` and 10 columns, written at the first call. */
function csv(name, rows, write) {
  let file;
  return () => {
    if (file === undefined) {
      file = path.join(temporaryFolder(), name);
      write(file, rows);
    }
    return [file, rows, 10];
  };
}

export const rows = [
  {
    ...common,
    title: `flights-3m.parquet, 3 M rows of 5 columns, ${threadsOf(threads)}`,
    prepare: () => [path.join(vega ?? '', 'data/flights-3m.parquet'), 3_000_000, 5],
    contestants: of(
      ['glissade', 'alone', 'duckdb', 'hyparquet'],
      vega ? undefined : 'no vega-datasets (npm install --prefix bench)',
    ),
  },
  {
    ...common,
    title: `CSV of 10 columns of numbers, 100 MB, ${threadsOf(threads)}`,
    prepare: csv('numbers.csv', 1_550_000, writeNumbers),
    contestants: of(['glissade', 'alone', 'duckdb', 'csvParse', 'loadtxt']),
  },
  {
    ...common,
    title: `CSV of 5 columns of numbers and 5 of words, 100 MB, ${threadsOf(threads)}`,
    prepare: csv('words.csv', 1_000_000, writeWords),
    contestants: of(['glissade', 'alone', 'duckdb', 'csvParse']),
  },
];
