import { quoted } from '../../checks/shown.js';
import { type Ranks, rangeOfRank } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import type { Source } from '../source.js';
import { chunksOf } from './duck_chunks.js';
import { filesOf, load, newInstance, type OpenedQuery, opened, rowsOf, type Selected } from './duck_query.js';
import { withExactNumbers } from './exact.js';
import { patternOf } from './file_pattern.js';
import { nameOfPart } from './parts.js';
import { identifier, literal } from './sql.js';

/** The reader of tables: DuckDB, or small readers in JavaScript. */
export type Engine = 'duckdb' | 'small';

/** Whether DuckDB is installed. */
export const hasDuckDB = (): Promise<boolean> =>
  load().then(
    () => true,
    () => false,
  );

/**
 * The rows of a query, from a new in-memory DuckDB. Numbers are float64, so whole numbers beyond 2⁵³ are refused. Dates are
 * milliseconds since 1970. Whatever is not a number, date or truth value is text.
 *
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` without DuckDB, or with one that is too old; TypeError
 *   `ERR_INVALID_ARGUMENT` for a query that DuckDB refuses.
 */
export async function querySource(sql: string, name: string): Promise<Source> {
  const query = await opened(sql, name, 'ERR_INVALID_ARGUMENT');
  const whole = query.columns.filter(({ isWhole }) => isWhole).map((column) => column.name);
  const source = sourceOf(query, query.columns.filter(isWord));
  return withExactNumbers(source, whole, (column) => `${identifier(column)}::varchar in the query reads words`);
}

/**
 * The rows of files, in the form of {@link querySource}.
 *
 * @param longWords The columns with words of more than {@link shortWord} bytes. Undefined: inferred from the first rows.
 */
export async function scanSource(sql: string, name: string, longWords?: readonly string[]): Promise<Source> {
  const query = await opened(sql, name, 'ERR_CORRUPT_FILE');
  const hashed = longWords
    ? query.columns.filter((column) => isWord(column) && longWords.includes(column.name))
    : await withLongWords(query);
  return sourceOf(query, hashed);
}

/**
 * The rows of Parquet files, which state their number. A column with whole numbers beyond 2⁵³ becomes a column of words.
 *
 * @param path The name of the files in messages.
 * @param pattern The pattern that DuckDB expands to the files.
 */
export async function parquetSource(path: string, pattern: string): Promise<Source> {
  const scan = `read_parquet(${literal(pattern)}, binary_as_string = true, ${fromContents})`;
  const query = await opened(`select * from ${scan}`, path, 'ERR_CORRUPT_FILE');
  const nested = query.columns.find(({ isNested }) => isNested);
  if (nested) throw nestedColumn(path, nested.name, pattern);
  const whole = query.columns.filter(({ isWhole }) => isWhole).map(({ name }) => name);
  const words = await inexactColumns(query, pattern, scan, whole);
  const columns = query.columns.map((column) =>
    words.includes(column.name)
      ? { ...column, type: 'word' as const, expression: `${identifier(column.name)}::varchar` }
      : column,
  );
  const read = { ...query, columns };
  const [counted] = await rowsOf(query, `select count(*)::double from ${scan}`);
  const rows = counted![0] as number;
  const numbered = scan.replace(/\)$/, ', file_row_number = true)');
  const canBeCut =
    (await filesOf(pattern)).length === 1 && columns.every(({ name }) => name.toLowerCase() !== 'file_row_number');
  const sourceFor = (chosen: OpenedQuery, hashed: readonly Selected[]): Source => ({
    ...sourceOf(chosen, hashed),
    rows,
    only: (names) => sourceFor(...narrowed(chosen, hashed, names)),
    ...(canBeCut && {
      part: async (ranks: Ranks) => {
        const { begin, end } = rangeOfRank(rows, ranks);
        const sql = `select * exclude (file_row_number) from ${numbered} where file_row_number >= ${begin} and file_row_number < ${end}`;
        return { ...sourceOf({ ...chosen, sql, name: nameOfPart(path, ranks) }, hashed), rows: end - begin };
      },
    }),
  });
  return sourceFor(read, await withLongWords(read));
}

/**
 * The columns with whole numbers beyond 2⁵³, by the statistics in the files. Columns without statistics are scanned.
 */
async function inexactColumns(query: OpenedQuery, pattern: string, scan: string, whole: readonly string[]) {
  if (whole.length === 0) return [];
  const largestOf = (low: string, high: string) => `greatest(abs(${low}::hugeint), abs(${high}::hugeint))::double`;
  const bound = (which: string) => `try_cast(stats_${which}_value as hugeint)`;
  const bounds = await rowsOf(
    query,
    `select path_in_schema, ${largestOf(`min(${bound('min')})`, `max(${bound('max')})`)}
    from parquet_metadata(${literal(pattern)}) where path_in_schema in (${whole.map(literal).join(', ')})
    group by path_in_schema having count(${bound('min')}) = count(*) and count(${bound('max')}) = count(*)`,
  );
  const largest = new Map(bounds as [string, number][]);
  const unknown = whole.filter((name) => !largest.has(name));
  if (unknown.length > 0) {
    const list = unknown.map(identifier).map((name) => largestOf(`min(${name})`, `max(${name})`));
    const [row] = await rowsOf(query, `select ${list.join(', ')} from ${scan}`);
    for (const [i, name] of unknown.entries()) largest.set(name, Number(row![i]));
  }
  return whole.filter((name) => largest.get(name)! > Number.MAX_SAFE_INTEGER);
}

/** The error for a column of nested values. */
export const nestedColumn = (path: string, name: string, pattern = patternOf(path) ?? path): Error =>
  errorWith(
    'ERR_INVALID_ARGUMENT',
    `${path}, column ${quoted(name)}: it has nested values; use a query that selects other columns: select … from ${literal(pattern)}`,
  );

/** @param hashed The columns whose long words get a hash, so that known words need not be read. */
function sourceOf(query: OpenedQuery, hashed: readonly Selected[]): Source {
  const { name, columns } = query;
  const list = [...columns.map(({ expression }) => expression), ...hashed.map(hashOf)];
  const select = `select ${list.join(', ')} from (${query.sql}\n)`;
  const places = columns.map((column) =>
    hashed.includes(column) ? columns.length + hashed.indexOf(column) : undefined,
  );
  const fields = columns.map(({ name: column, type }) => ({ name: column, type }));
  return {
    name,
    fields,
    chunks: (codes = 'lasting') => chunksOf(query, select, fields, places, codes),
    only: (names) => sourceOf(...narrowed(query, hashed, names)),
  };
}

/** A query for some of its columns, and those of them that get a hash. */
function narrowed(
  query: OpenedQuery,
  hashed: readonly Selected[],
  names: readonly string[],
): [OpenedQuery, readonly Selected[]] {
  const columns = names.map((wanted) => query.columns.find((column) => column.name === wanted)!);
  return [{ ...query, columns }, hashed.filter((column) => columns.includes(column))];
}

const isWord = ({ type }: Selected): boolean => type === 'word';

/** The number of rows from which it is inferred whether a column has long words. */
const peekedRows = 20_000;

async function withLongWords(query: OpenedQuery): Promise<Selected[]> {
  const words = query.columns.filter(isWord);
  if (words.length === 0) return [];
  const longest = words.map(({ expression }) => `max(strlen(${expression}))::double`);
  const [lengths] = await rowsOf(query, `select ${longest.join(', ')} from (${query.sql} limit ${peekedRows})`);
  return words.filter((_, i) => Number(lengths![i]) > shortWord);
}

/**
 * The position of the first line that DuckDB refuses, in bytes. DuckDB counts from 1, and may include the second byte of the
 * previous line end.
 *
 * @param scan A query with `read_csv(…, store_rejects = true)`, which makes DuckDB store refused lines in tables.
 * @see https://duckdb.org/docs/stable/data/csv/reading_faulty_csv_files
 */
export async function firstReject(scan: string): Promise<{ path: string; byte: number } | undefined> {
  const connection = await (await newInstance()).connect();
  try {
    await connection.run(`select count(columns(*)) from (${scan})`);
    const result = await connection.runAndReadAll(
      'select file_path, line_byte_position::double from reject_errors join reject_scans using (scan_id, file_id) order by file_id, 2 limit 1',
    );
    const [first] = result.getRows() as [string, number][];
    return first && { path: first[0], byte: first[1] - 1 };
  } catch {
    return undefined; // another version of DuckDB, or another error
  }
}

/** The option that limits columns to those of the files. By default, DuckDB makes columns of folders such as `run=3`. */
export const fromContents = 'hive_partitioning = false';

/** The longest word in bytes that DuckDB stores inside the record of a row. */
export const shortWord = 12;

/** A hash of a long word with 53 bits, which fit into a number. */
const hashOf = ({ expression }: Selected): string =>
  `case when strlen(${expression}) > ${shortWord} then (hash(${expression}) >> 11)::double else 0 end`;
