import fs from 'node:fs/promises';
import { isObject, isPlainObject } from '../checks/kinds.js';
import { checkFunction, checkOneOf, checkOptions } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { checkRanks, type Ranks } from '../distributed/ranks.js';
import { errorWith } from '../errors.js';
import { checkPath } from '../formats/files.js';
import type { ColumnKind } from './kinds.js';
import { type NamedInput, namedInput } from './named_input.js';
import { arrowFileSource, arrowSource, isArrow } from './readers/arrow.js';
import { type CsvOptions, csvSource, csvTextSource } from './readers/csv.js';
import { filesOf } from './readers/duck_query.js';
import { type Engine, hasDuckDB, parquetSource, querySource, scanSource } from './readers/duckdb.js';
import { checkFile, uncompressedName } from './readers/file_bytes.js';
import { patternOf, patternToScan } from './readers/file_pattern.js';
import { jsonSource } from './readers/json.js';
import { smallParquetSource } from './readers/parquet.js';
import { areRowObjects, rowsSource } from './readers/rows.js';
import { checkSameNames } from './readers/same_names.js';
import { literal } from './readers/sql.js';
import type { Source } from './source.js';
import { Table, tableFrom, tableOfRank } from './table.js';

export type { Engine } from './readers/duckdb.js';

/** How files are read. */
export interface SourceOptions extends CsvOptions {
  /**
   * The reader of files: DuckDB, or small readers of CSV, JSON and Parquet in JavaScript. Default: the environment variable
   * `GLISSADE_TABLE_ENGINE`, else DuckDB if it is installed. Arrow files are always read by apache-arrow.
   */
  readonly engine?: Engine | undefined;
}

export interface TableOptions extends SourceOptions {
  /** Kinds of columns by their names, in place of the inferred ones: `{ zip: 'category' }`. */
  readonly kinds?: Readonly<Record<string, ColumnKind>> | undefined;
  /**
   * Processes that read the table together. Each gets about as many rows as the others, and `train` and pipelines use the rows
   * of all. Parquet, CSV and lines of JSON are divided; of other sources, each process reads all rows and keeps its part. All
   * processes must give the same input. Default: this process alone, which gets all rows.
   */
  readonly ranks?: Ranks | undefined;
  /** Called with the number of rows read so far. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

/**
 * The input of {@link table}: a path, a pattern of paths, a query, rows as objects, a table or record batches of
 * apache-arrow, or the text of a CSV as `{ csv }`. A string that is the name of a file stands for that file. Any other string
 * with `*`, `?` or `[` is a pattern.
 */
export type TableInput = string | URL | Table | Iterable<object> | AsyncIterable<object> | { readonly csv: string };

/**
 * Opens a source of rows. Only its beginning is read.
 *
 * @throws The errors of {@link table}.
 */
export async function openSource(input: TableInput, options: SourceOptions = {}): Promise<Source> {
  checkOptions('openSource', options, sourceOptions);
  return sourceOf(input, options);
}

async function sourceOf(input: TableInput, given: SourceOptions): Promise<Source> {
  // A copy, because options are read later and must be those that were checked.
  const options = { ...given, ...(isPlainObject(given.types) && { types: { ...given.types } }) };
  const isTable = Table.is(input);
  if (isTable || isArrow(input)) {
    checkWithout('what is in memory', options, ['delimiter', 'types']);
    return isTable ? input : arrowSource(input);
  }
  if (typeof input !== 'string' && areRowObjects(input)) {
    checkWithout('what is in memory', options, ['delimiter']);
    return rowsSource(input, 'rows', options.types);
  }
  if (typeof input !== 'string' && !(isObject(input) && input instanceof URL)) {
    if (!isPlainObject(input) || !('csv' in input))
      throw invalid('the table', 'the path of a file, a query, or rows as objects', input);
    checkOptions('a table', input, ['csv']);
    const { csv } = input;
    if (typeof csv !== 'string') throw invalid('csv', 'the text of a CSV', csv);
    return csvTextSource(csv, options);
  }
  const named = await namedInput(checkPath('the table', input));
  if (named.kind !== 'query') return fileSource(named, options);
  checkWithout('a query', options, ['delimiter', 'types']);
  await needsDuckDB('a query', options);
  return querySource(named.text, 'the query');
}

const sourceOptions = ['delimiter', 'types', 'engine'] as const;

const extensionOf = (path: string): string | undefined =>
  /\.([^./\\]+)$/.exec(uncompressedName(path))?.[1]?.toLowerCase();

const isTextTable = (path: string): boolean => ['csv', 'tsv', 'txt'].includes(extensionOf(path) ?? '');

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

const formatsWith = { delimiter: 'CSV', types: 'CSV, JSON files on disk and rows as objects' };

/** @throws TypeError `ERR_INVALID_ARGUMENT` for options of other formats. */
function checkWithout(what: string, options: SourceOptions, names: readonly (keyof typeof formatsWith)[]): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', `${given} is an option of ${formatsWith[given]}, which ${what} is not`);
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

/**
 * Reads a table into memory.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, GlissadeError `ERR_FILE`, `ERR_CORRUPT_FILE` with file, line and column;
 *   `ERR_UNSUPPORTED_PLATFORM` if a package is missing.
 */
export async function table(input: TableInput, options: TableOptions = {}): Promise<Table> {
  checkOptions('table', options, [...sourceOptions, 'kinds', 'ranks', 'onRows']);
  const { kinds, onRows, ranks: given, ...others } = options;
  if (onRows !== undefined) checkFunction('onRows', onRows);
  const ranks = checkRanks(given);
  const source = await sourceOf(input, others);
  if (!ranks) return tableFrom(source, onRows, kinds);
  return tableOfRank(source, ranks, onRows, kinds);
}
