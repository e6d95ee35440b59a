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

/** What reads a table: DuckDB, or small readers in JavaScript. */
export type Engine = 'duckdb' | 'small';

/** Whether DuckDB is installed. */
export const hasDuckDB = (): Promise<boolean> =>
  load().then(
    () => true,
    () => false,
  );

/**
 * The rows of a query, by a DuckDB of its own in memory. Numbers are float64, whole numbers beyond 2⁵³ are rounded;
 * dates are milliseconds since 1970; what is neither number, date nor truth value is text.
 *
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` without the package, or with one that is too old; TypeError `ERR_INVALID_ARGUMENT` for a query
 *   that DuckDB refuses.
 */
export async function querySource(sql: string, name: string): Promise<Source> {
  const query = await opened(sql, name, 'ERR_INVALID_ARGUMENT');
  const whole = query.columns.filter(({ isWhole }) => isWhole).map((column) => column.name);
  const source = sourceOf(query, query.columns.filter(isWord));
  return withExactNumbers(source, whole, (column) => `${identifier(column)}::varchar in the query reads words`);
}

/**
 * The rows of files, as {@link querySource} gives them.
 *
 * @param longWords The columns that have words of more than {@link shortWord} bytes. Undefined: the first rows tell.
 */
export async function scanSource(sql: string, name: string, longWords?: readonly string[]): Promise<Source> {
  const query = await opened(sql, name, 'ERR_CORRUPT_FILE');
  const hashed = longWords
    ? query.columns.filter((column) => isWord(column) && longWords.includes(column.name))
    : await withLongWords(query);
  return sourceOf(query, hashed);
}

/**
 * The rows of Parquet files, whose number is written in them. Whole numbers beyond 2⁵³ make a column of words.
 *
 * @param path What messages call them.
 * @param pattern What DuckDB expands to them.
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
 * The columns of whole numbers that have some beyond 2⁵³. Statistics in the files tell, where they have them: to look at all
 * values takes as long as to scan a column.
 */
async function inexactColumns(query: OpenedQuery, pattern: string, scan: string, whole: readonly string[]) {
  if (whole.length === 0) return [];
  const largestOf = (low: string, high: string) => `greatest(abs(${low}::hugeint), abs(${high}::hugeint))::double`;
  const bound = (which: string) => `try_cast(stats_${which}_value as hugeint)`;
  const told = await rowsOf(
    query,
    `select path_in_schema, ${largestOf(`min(${bound('min')})`, `max(${bound('max')})`)}
    from parquet_metadata(${literal(pattern)}) where path_in_schema in (${whole.map(literal).join(', ')})
    group by path_in_schema having count(${bound('min')}) = count(*) and count(${bound('max')}) = count(*)`,
  );
  const largest = new Map(told as [string, number][]);
  const untold = whole.filter((name) => !largest.has(name));
  if (untold.length > 0) {
    const list = untold.map(identifier).map((name) => largestOf(`min(${name})`, `max(${name})`));
    const [row] = await rowsOf(query, `select ${list.join(', ')} from ${scan}`);
    for (const [i, name] of untold.entries()) largest.set(name, Number(row![i]));
  }
  return whole.filter((name) => largest.get(name)! > Number.MAX_SAFE_INTEGER);
}

/** The refusal of a column whose values have parts. */
export const nestedColumn = (path: string, name: string, pattern = patternOf(path) ?? path): Error =>
  errorWith(
    'ERR_INVALID_ARGUMENT',
    `${path}, column ${quoted(name)}: it has nested values; a query selects other columns: select … from ${literal(pattern)}`,
  );

/** `hashed` are the columns whose long words get a hash, by which they are told apart without reading them. */
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

/** A query of some of its columns, and those of them that get a hash. */
function narrowed(
  query: OpenedQuery,
  hashed: readonly Selected[],
  names: readonly string[],
): [OpenedQuery, readonly Selected[]] {
  const columns = names.map((wanted) => query.columns.find((column) => column.name === wanted)!);
  return [{ ...query, columns }, hashed.filter((column) => columns.includes(column))];
}

const isWord = ({ type }: Selected): boolean => type === 'word';

/** Rows by which it is judged whether a column has long words. */
const peekedRows = 20_000;

async function withLongWords(query: OpenedQuery): Promise<Selected[]> {
  const words = query.columns.filter(isWord);
  if (words.length === 0) return [];
  const longest = words.map(({ expression }) => `max(strlen(${expression}))::double`);
  const [lengths] = await rowsOf(query, `select ${longest.join(', ')} from (${query.sql} limit ${peekedRows})`);
  return words.filter((_, i) => Number(lengths![i]) > shortWord);
}

/**
 * The byte of a file near which the first line is that DuckDB refuses: it counts bytes from 1, and the end of the line before
 * among them if that has two.
 *
 * @param scan A query of `read_csv` with `store_rejects`, by which DuckDB keeps such lines in tables of their own.
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
    return undefined; // another version, or another refusal
  }
}

/** The option by which columns are those of the files alone, without those that DuckDB makes of folders as `run=3`. */
export const fromContents = 'hive_partitioning = false';

/** Bytes of a word that DuckDB keeps in the record of a row. */
export const shortWord = 12;

/** A hash of a long word, of as many bits as a number holds. */
const hashOf = ({ expression }: Selected): string =>
  `case when strlen(${expression}) > ${shortWord} then (hash(${expression}) >> 11)::double else 0 end`;
