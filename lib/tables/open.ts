import { checkOptions } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { checkPath } from '../formats/files.js';
import { type CsvOptions, csvSource } from './readers/csv.js';
import { hasDuckDB, literal, parquetSource, querySource, scanSource } from './readers/duckdb.js';
import { checkFile, uncompressedName } from './readers/file_bytes.js';
import { areRowObjects, rowsSource } from './readers/rows.js';
import type { Source } from './source.js';
import { Table, tableFrom } from './table.js';

export interface TableOptions extends CsvOptions {
  /** Called with the number of rows that have been read. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

/** What {@link table} reads: a path, a query, or rows as objects. */
export type TableInput = string | URL | Table | Iterable<object> | AsyncIterable<object>;

/** The beginning of a query, which has more than one word. */
const query = /^\s*\(?\s*(select|from|with|values|pivot|unpivot|summarize|describe|table)\s/i;

/**
 * Opens what rows come from, without reading more than the beginning.
 *
 * @throws The errors of {@link table}.
 */
export async function openSource(input: TableInput, options: TableOptions = {}): Promise<Source> {
  checkOptions('table', options, ['delimiter', 'types', 'onRows']);
  if (Table.is(input)) return input;
  if (typeof input === 'string' && query.test(input)) return querySource(input, 'the query');
  if (typeof input !== 'string' && areRowObjects(input)) return rowsSource(input);
  if (typeof input !== 'string' && !(input instanceof URL))
    throw invalid('the table', 'the path of a file, a query, or rows as objects', input);
  return fileSource(checkPath('the table', input), options);
}

async function fileSource(path: string, options: TableOptions): Promise<Source> {
  const extension = /\.([^./\\]+)$/.exec(uncompressedName(path))?.[1]?.toLowerCase();
  const isRemote = /^\w{2,}:\/\//.test(path);
  const isPattern = /[*?[]/.test(path);
  if (!isRemote && !isPattern) await checkFile(path);
  if (extension === 'csv' || extension === 'tsv' || extension === 'txt') return csvSource(path, options);
  if (await hasDuckDB())
    return extension === 'parquet' ? parquetSource(literal(path), path) : scanSource(literal(path), path);
  throw errorWith('ERR_UNSUPPORTED_PLATFORM', `${path}: DuckDB reads it: npm install @duckdb/node-api`);
}

/**
 * Reads a table into memory.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, GlissadeError `ERR_FILE`, `ERR_CORRUPT_FILE` with file, line and column;
 *   `ERR_UNSUPPORTED_PLATFORM` where a package is missing.
 */
export async function table(input: TableInput, options: TableOptions = {}): Promise<Table> {
  return tableFrom(await openSource(input, options), options.onRows);
}
