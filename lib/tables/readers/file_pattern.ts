/** What DuckDB expands in the names of files. */
const wildcard = /[*?[]/;

/** The beginning of a name that DuckDB takes for the home folder, or for a scheme. */
const specialBeginning = /^(?:~|[\w.+-]{2,}:)/;

/**
 * The pattern that DuckDB expands to the file of this path and to no other: `data[[]1].csv` for `data[1].csv`. DuckDB takes
 * the name of every file for a pattern and has no option against it.
 *
 * @returns Undefined for a path with both a wildcard and a backslash: DuckDB takes the backslash for the end of a folder's
 *   name then, and no pattern fits. On Windows it is the end of a folder's name.
 * @see https://duckdb.org/docs/stable/data/multiple_files/overview#glob-syntax
 */
export function patternOf(file: string): string | undefined {
  if (wildcard.test(file) && file.includes('\\') && process.platform !== 'win32') return undefined;
  return (specialBeginning.test(file) ? './' : '') + file.replace(new RegExp(wildcard, 'g'), '[$&]');
}

/**
 * What DuckDB is to expand.
 *
 * @param file A file that {@link patternOf} has a pattern for.
 * @param scanned The file, or a pattern of which it is the first.
 */
export const patternToScan = (file: string, scanned: string): string => (scanned === file ? patternOf(file)! : scanned);
