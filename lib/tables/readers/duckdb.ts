import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBVector } from '@duckdb/node-api';
import { quoted } from '../../checks/shown.js';
import { type Ranks, rangeOfRank } from '../../distributed/ranks.js';
import { type ErrorCode, errorWith, newArray, outOfMemory } from '../../errors.js';
import { release } from '../../numbers/memory.js';
import { optional } from '../../packages.js';
import type { Column, ColumnType } from '../column.js';
import { Dictionary } from '../dictionary.js';
import type { Chunk, Codes, Field, Source } from '../source.js';
import { mostPassingWords } from '../words.js';
import { withExactNumbers } from './exact.js';
import { patternOf } from './file_pattern.js';
import { nameOfPart } from './parts.js';

/** How a column is selected: its type here, and what makes it of its type there. */
interface Selected extends Field {
  readonly expression: string;
  /** Whether its values are whole numbers that float64 may round. */
  readonly isWhole: boolean;
  readonly isNested: boolean;
}

const load = () =>
  optional<typeof import('@duckdb/node-api')>('queries, and files that only DuckDB reads, are', '@duckdb/node-api');

/** The oldest DuckDB that the package works with. Its npm versions are pre-releases, so package.json can't say it. */
const oldest = [1, 3] as const;

/** @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if the DuckDB that is installed is too old. */
async function loadRecent() {
  const duckdb = await load();
  const version = duckdb.version();
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    throw errorWith(
      'ERR_UNSUPPORTED_PLATFORM',
      `@duckdb/node-api: DuckDB ${oldest.join('.')} or later is needed, but ${version} is installed: npm install @duckdb/node-api@latest`,
    );
  return duckdb;
}

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

/** A query that DuckDB has understood. */
interface OpenedQuery {
  readonly name: string;
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  readonly sql: string;
  readonly columns: readonly Selected[];
  /** The code of an error that comes while its rows are read. */
  readonly code: ErrorCode;
}

async function opened(sql: string, name: string, code: ErrorCode): Promise<OpenedQuery> {
  const query = statementIn(sql);
  const instance = await newInstance();
  const connection = await instance.connect();
  const written = code === 'ERR_INVALID_ARGUMENT' ? query : undefined;
  await asking(name, code, () => connection.extractStatements(query), written);
  const columns = await asking(name, code, () => selected(connection, query), written, describing.length);
  return { name, instance, connection, sql: query, columns, code };
}

/** A query without the semicolon that ends it. */
const statementIn = (sql: string): string => sql.trim().replace(/(?<!;);+$/, '');

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

async function rowsOf({ connection, name, code }: OpenedQuery, sql: string): Promise<readonly (readonly unknown[])[]> {
  const result = await asking(name, code, () => connection.runAndReadAll(sql));
  return result.getRows();
}

/** The option by which columns are those of the files alone, without those that DuckDB makes of folders as `run=3`. */
export const fromContents = 'hive_partitioning = false';

/** A text as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The local files of patterns, in which DuckDB takes `~` for the home folder. */
export async function filesOf(...patterns: string[]): Promise<string[]> {
  const connection = await (await newInstance()).connect();
  const glob = `select file from glob([${patterns.map(literal).join(', ')}])`;
  const result = await asking(patterns.join(', '), 'ERR_FILE', () => connection.runAndReadAll(glob));
  return result.getRows().map(([file]) => String(file));
}

/**
 * The local files that DuckDB opens to find the columns of a query: of CSV and JSON all that it samples, of Parquet the first.
 * DuckDB's log names them, whatever expression their names are made by.
 */
export async function filesOpenedFor(sql: string): Promise<string[]> {
  const connection = await (await newInstance()).connect();
  await connection.run("call enable_logging('FileSystem')");
  await selected(connection, statementIn(sql));
  const result = await connection.runAndReadAll(
    "select distinct message::json->>'path' from duckdb_logs where message::json->>'op' = 'OPEN'",
  );
  return result.getRows().map(([file]) => String(file));
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

async function newInstance(): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await loadRecent();
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  // Times without a zone are in UTC wherever the process runs. Errors are objects: their wording may change.
  await connection.run("set global TimeZone = 'UTC'; set global errors_as_json = true");
  connection.closeSync();
  return instance;
}

/** Inside of a select, columns of one name get numbers, and further statements are no syntax. */
const describing = 'describe select * from (';

async function selected(connection: DuckDBConnection, query: string): Promise<Selected[]> {
  const described = await connection.runAndReadAll(`${describing}${query}\n)`);
  return described.getRows().map(([column, type]) => {
    const name = String(column);
    return { name, ...conversionOf(identifier(name), String(type)), ...natureOf(String(type)) };
  });
}

/** Bytes of a word that DuckDB keeps in the record of a row. */
export const shortWord = 12;

/** A hash of a long word, of as many bits as a number holds. */
const hashOf = ({ expression }: Selected): string =>
  `case when strlen(${expression}) > ${shortWord} then (hash(${expression}) >> 11)::double else 0 end`;

const natureOf = (type: string) => ({
  isWhole: /^U?(BIG|HUGE)INT$/.test(type),
  isNested: isNested.test(type),
});

const isNested = /\]$|^(STRUCT|MAP|UNION)\b/;

/** Conversions are DuckDB's, by its own threads. */
function conversionOf(column: string, type: string): { type: ColumnType; expression: string } {
  if (isNested.test(type)) return { type: 'word', expression: `to_json(${column})::varchar` };
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)\b/.test(type))
    return { type: 'number', expression: type === 'DOUBLE' ? column : `${column}::double` };
  if (type === 'BOOLEAN') return { type: 'boolean', expression: `${column}::utinyint::double` };
  if (type === 'DATE') return { type: 'date', expression: `epoch_ms(${column})::double` };
  // epoch_ms would round times before 1970 up.
  if (type.startsWith('TIMESTAMP')) return { type: 'date', expression: `floor(epoch_us(${column})::double / 1000)` };
  if (/^TIME\b/.test(type)) return { type: 'number', expression: `epoch(${column})::double` };
  return { type: 'word', expression: type === 'VARCHAR' ? column : `${column}::varchar` };
}

/**
 * Rows that DuckDB makes before they are asked for. With its own 1 MB, its threads mostly wait for each other: one works on
 * later rows until the memory is full.
 */
const bufferSize = '32 MB';

async function* chunksOf(
  query: OpenedQuery,
  select: string,
  fields: readonly Field[],
  hashPlaces: readonly (number | undefined)[],
  codes: Codes,
): AsyncGenerator<Chunk> {
  const { name, code } = query;
  const connection = await query.instance.connect();
  let next: Promise<DuckDBDataChunk | null> | undefined; // the next chunk is made while one is worked on
  try {
    await connection.run(`set streaming_buffer_size = '${bufferSize}'; begin`);
    const result = await asking(name, code, () => connection.stream(select));
    const fetch = () => result.fetchChunk();
    const readers = fields.map(({ type }, i) => {
      if (type !== 'word') return (chunk: DuckDBDataChunk) => ({ type, values: numbersOf(chunk.getColumnVector(i)) });
      const place = hashPlaces[i];
      let dictionary = new Dictionary();
      return (chunk: DuckDBDataChunk) => {
        if (codes === 'passing' && dictionary.size > mostPassingWords) dictionary = new Dictionary();
        const hashes = place === undefined ? undefined : keptOf(chunk.getColumnVector(place)).items;
        return wordsOf(chunk.getColumnVector(i), hashes, dictionary, chunk.rowCount);
      };
    });
    next = fetch();
    for (;;) {
      const pending: Promise<DuckDBDataChunk | null> = next;
      const chunk = await asking(name, code, () => pending);
      if (!chunk || chunk.rowCount === 0) break;
      next = fetch();
      next.catch(() => {}); // it is asked for in the next round
      const columns = readers.map((read): Column => read(chunk));
      yield {
        rows: chunk.rowCount,
        columns,
        release: () => {
          for (const column of columns) if (column.type !== 'word') release(column.values);
        },
      };
    }
    await checkEnd(query, connection);
  } finally {
    await next?.catch(() => {}); // a connection that is closed during a call would end the process
    connection.closeSync();
  }
}

/**
 * Tells the end of the rows from a failure, which ends a stream just so. A failed transaction refuses further queries; the
 * message of the failure comes from going through the rows once more without handing them over.
 */
async function checkEnd(query: OpenedQuery, connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('select 1');
  } catch (error) {
    const counts = query.columns.map(({ expression }) => `count(${expression})`);
    await rowsOf(query, `select ${counts.join(', ')} from (${query.sql}\n)`);
    throw errorWith(query.code, `${query.name}: reading failed, and not once more`, error);
  }
}

/** What a vector keeps: numbers, or records of strings, and one bit for each row that is present. */
interface Kept {
  readonly items: Float64Array;
  readonly dataView: DataView;
  readonly validity: { readonly data: BigUint64Array | null };
}

const keptOf = (vector: DuckDBVector): Kept => vector as unknown as Kept;

function numbersOf(vector: DuckDBVector): Float64Array {
  const { items, validity } = keptOf(vector);
  if (!validity.data) return items;
  const { buffer, byteOffset, byteLength } = validity.data;
  const present = new Uint32Array(buffer, byteOffset, byteLength / 4);
  const values = items.slice();
  for (let row = 0; row < values.length; ++row)
    if ((present[row >>> 5]! & (1 << (row & 31))) === 0) values[row] = Number.NaN;
  return values;
}

function wordsOf(vector: DuckDBVector, hashes: Float64Array | undefined, words: Dictionary, rows: number): Column {
  const { dataView, validity } = keptOf(vector);
  const records = new Uint8Array(dataView.buffer, dataView.byteOffset, dataView.byteLength);
  const codes = newArray(Uint32Array, rows);
  const wordAt = (row: number) => vector.getItem(row) as string;
  words.encodeRecords({ records, present: validity.data ?? undefined, rows, hashes, wordAt }, codes);
  release(records);
  if (hashes) release(hashes);
  return { type: 'word', codes, words };
}

/** What DuckDB says of an error, by its setting `errors_as_json`. */
interface DuckError {
  readonly exception_type: string;
  readonly exception_message: string;
  /** Bytes of the query before the place that is meant. */
  readonly position?: string;
}

/** The error that a message has as JSON, behind words of the binding. */
function duckErrorOf(message: string): DuckError | undefined {
  try {
    return JSON.parse(message.slice(message.indexOf('{')));
  } catch {
    return undefined; // an error of the binding itself
  }
}

/**
 * Does what DuckDB may refuse. Its message has further lines of advice, which are left out.
 *
 * @param query What a person has written, whose line is named.
 * @param before Bytes that are put before the query.
 */
async function asking<T>(name: string, code: ErrorCode, ask: () => Promise<T>, query?: string, before = 0): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const { message } = error as Error;
    const { exception_type: type, exception_message: whole = message, position } = duckErrorOf(message) ?? {};
    const [first] = whole.split('\n');
    const place = query === undefined || position === undefined ? '' : ` (${lineAt(query, Number(position) - before)})`;
    const sentence = `${name}: ${type === undefined ? '' : `${type} Error: `}${first}${place}`;
    throw type === 'Out of Memory' ? outOfMemory(sentence) : errorWith(code, sentence, error);
  }
}

/** Characters of a line that are shown. */
const longestLine = 80;

/** The line of a query that has a place, given in bytes. */
function lineAt(query: string, position: number): string {
  const before = Buffer.from(query).toString('utf8', 0, position);
  const lines = before.split('\n');
  const begin = before.length - lines.at(-1)!.length;
  const [line = ''] = query.slice(begin).split('\n');
  const shown = line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
  return `LINE ${lines.length}: ${shown.trim()}`;
}
