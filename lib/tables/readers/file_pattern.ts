/** Characters that DuckDB expands in names of files. */
const wildcard = /[*?[]/;

/** The beginning of a name that DuckDB reads as the home folder or as a scheme. */
const specialBeginning = /^(?:~|[\w.+-]{2,}:)/;

/**
 * The pattern that DuckDB expands to exactly this file: `data[[]1].csv` for `data[1].csv`. DuckDB treats every name as a
 * pattern and has no option to change that.
 *
 * @returns Undefined for a path with both a wildcard and a backslash: DuckDB then reads the backslash as a separator of folders,
 *   and no pattern matches the file. On Windows it is a separator.
 * @see https://duckdb.org/docs/stable/data/multiple_files/overview#glob-syntax
 */
export function patternOf(file: string): string | undefined {
  if (wildcard.test(file) && file.includes('\\') && process.platform !== 'win32') return undefined;
  return (specialBeginning.test(file) ? './' : '') + file.replace(new RegExp(wildcard, 'g'), '[$&]');
}

/**
 * The pattern for DuckDB.
 *
 * @param file A file for which {@link patternOf} has a pattern.
 * @param scanned The file, or a pattern whose first file it is.
 */
export const patternToScan = (file: string, scanned: string): string => (scanned === file ? patternOf(file)! : scanned);
