import { errorWith } from '../errors.js';
import type { CsvOptions } from './readers/csv.js';
import type { Engine } from './readers/duckdb.js';

/** How files are read. */
export interface SourceOptions extends CsvOptions {
  /**
   * The reader of files: DuckDB, or small readers of CSV, JSON and Parquet in JavaScript. Default: the environment variable
   * `GLISSADE_TABLE_ENGINE`, else DuckDB if it is installed. Arrow files are always read by apache-arrow.
   */
  readonly engine?: Engine | undefined;
}

const formatsWith = { delimiter: 'CSV', types: 'CSV, JSON files on disk and rows as objects' };

/** @throws TypeError `ERR_INVALID_ARGUMENT` for options of other formats. */
export function checkWithout(what: string, options: SourceOptions, names: readonly (keyof typeof formatsWith)[]): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', `${given} is an option of ${formatsWith[given]}, which ${what} is not`);
}
