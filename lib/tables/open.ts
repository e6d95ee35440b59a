import { isObject, isPlainObject } from '../checks/kinds.js';
import { checkFunction, checkOptions } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { checkRanks, type Ranks } from '../distributed/ranks.js';
import { checkPath } from '../formats/files.js';
import type { ColumnKind } from './kinds.js';
import { namedSource } from './named_source.js';
import { arrowSource, isArrow } from './readers/arrow.js';
import { csvTextSource } from './readers/csv.js';
import { areRowObjects, rowsSource } from './readers/rows.js';
import type { Source } from './source.js';
import { checkWithout, type SourceOptions } from './source_options.js';
import { Table, tableFrom, tableOfRank } from './table.js';

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
  return namedSource(checkPath('the table', input), options);
}

const sourceOptions = ['delimiter', 'types', 'engine'] as const;

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
