import fs from 'node:fs/promises';
import { checkOneOf } from '../checks/options.js';
import { quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { type NamedInput, namedInput } from './named_input.js';
import { arrowFileSource } from './readers/arrow.js';
import { csvSource } from './readers/csv.js';
import { filesOf } from './readers/duck_query.js';
import { type Engine, hasDuckDB, parquetSource, querySource, scanSource } from './readers/duckdb.js';
import { checkFile, uncompressedName } from './readers/file_bytes.js';
import { patternOf, patternToScan } from './readers/file_pattern.js';
import { jsonSource } from './readers/json.js';
import { smallParquetSource } from './readers/parquet.js';
import { checkSameNames } from './readers/same_names.js';
import { literal } from './readers/sql.js';
import type { Source } from './source.js';
import { checkWithout, type SourceOptions } from './source_options.js';

const extensionOf = (path: string): string | undefined =>
  /\.([^./\\]+)$/.exec(uncompressedName(path))?.[1]?.toLowerCase();

const isTextTable = (path: string): boolean => ['csv', 'tsv', 'txt'].includes(extensionOf(path) ?? '');

/**
 * Opens what a text names: a file, a pattern of files, a remote file, or a query.
 *
 * @throws The errors of `table`.
 */
export async function namedSource(text: string, options: SourceOptions): Promise<Source> {
  const named = await namedInput(text);
  if (named.kind !== 'query') return fileSource(named, options);
  checkWithout('a query', options, ['delimiter', 'types']);
  await needsDuckDB('a query', options);
  return querySource(named.text, 'the query');
}

async function fileSource({ kind, text: path }: NamedInput, options: SourceOptions): Promise<Source> {
  if (kind === 'remote') {
    checkWithout(path, options, ['delimiter', 'types']);
    await needsDuckDB(`the remote file ${quoted(path)}`, options);
    return scanSource(`select * from ${literal(path)}`, path);
  }
  if (kind === 'pattern') {
    await needsDuckDB(`the pattern ${quoted(path)}`, options);
    const files = await filesOf(path);
    const [first] = files;
    if (first === undefined) throw errorWith('ERR_FILE', `can't read ${path}: no file matches this pattern`);
    if (isTextTable(first)) await checkSameNames(files);
    return readerOf(first, 'duckdb', options, path);
  }
  await checkFile(path);
  const engine = await engineOf(options);
  // The small readers read files whose names DuckDB would take for patterns.
  return readerOf(path, patternOf(path) === undefined ? 'small' : engine, options, path);
}

/** @param scanned What DuckDB reads: the file, or a pattern whose first file it is. */
async function readerOf(path: string, engine: Engine, options: SourceOptions, scanned: string): Promise<Source> {
  if (isTextTable(path)) return csvSource(path, engine, options, scanned);
  switch (extensionOf(path)) {
    case 'json':
    case 'ndjson':
    case 'jsonl':
      checkWithout(path, options, ['delimiter']);
      return jsonSource(path, engine, options, scanned);
    case 'parquet':
      checkWithout(path, options, ['delimiter', 'types']);
      return believable(
        path,
        await (engine === 'duckdb' ? parquetSource(scanned, patternToScan(path, scanned)) : smallParquetSource(path)),
      );
    case 'arrow':
    case 'feather':
    case 'ipc':
      checkWithout(path, options, ['delimiter', 'types']);
      return arrowFileSource(path);
    default:
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `${path}: Expected a file whose name ends in .csv, .tsv, .txt, .json, .ndjson, .jsonl (also with .gz or .zst), .parquet, .arrow, .feather or .ipc`,
      );
  }
}

/** A source without a number of rows that a file of its size can't have, so that no memory is reserved for them. */
async function believable(path: string, source: Source): Promise<Source> {
  const { size } = await fs.stat(path);
  return source.rows === undefined || source.rows < 64 * size ? source : { ...source, rows: undefined };
}

/** The requested engine, or the best one that is installed. */
async function engineOf({ engine }: SourceOptions): Promise<Engine> {
  const asked = engine ?? process.env.GLISSADE_TABLE_ENGINE;
  if (asked !== undefined && asked !== '') return checkOneOf('engine', asked, ['duckdb', 'small']);
  return (await hasDuckDB()) ? 'duckdb' : 'small';
}

async function needsDuckDB(what: string, options: SourceOptions): Promise<void> {
  if ((await engineOf(options)) === 'small')
    throw errorWith(
      'ERR_UNSUPPORTED_PLATFORM',
      `${what} needs DuckDB, which also reads files faster, joins them, and reads remote files and databases: npm install @duckdb/node-api`,
    );
}
