import type { DuckDBConnection, DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api';
import { errorWith } from '../../errors.js';
import { optional } from '../../packages.js';
import type { Column, ColumnType } from '../column.js';
import { Dictionary } from '../dictionary.js';
import type { Chunk, Field, Source } from '../source.js';
import { mostPassingWords } from '../words.js';

/** How a column is selected: its type here, and what makes it of its type there. */
interface Selected extends Field {
  readonly expression: string;
}

const load = () =>
  optional('queries, and files that only DuckDB reads, are', '@duckdb/node-api', () => import('@duckdb/node-api'));

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
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` without the package; TypeError `ERR_INVALID_ARGUMENT` for a query
 *   that DuckDB refuses.
 */
export async function querySource(sql: string, name: string): Promise<Source> {
  const query = await opened(sql, name);
  return sourceOf(query, query.columns.filter(isWord));
}

/** The rows of a file, as {@link querySource} gives them. Its first rows are looked at. */
export async function scanSource(scan: string, name: string): Promise<Source> {
  const query = await opened(`select * from ${scan}`, name);
  return sourceOf(query, await withLongWords(query));
}

/** The rows of Parquet files, whose number is written in them. */
export async function parquetSource(scan: string, name: string): Promise<Source> {
  const query = await opened(`select * from ${scan}`, name);
  const [rows] = await firstRow(query, `select count(*)::double from ${scan}`);
  return { ...(await sourceOf(query, await withLongWords(query))), rows: rows as number };
}

/** A query that DuckDB has understood. */
interface OpenedQuery {
  readonly name: string;
  readonly connection: DuckDBConnection;
  readonly sql: string;
  readonly columns: readonly Selected[];
}

async function opened(sql: string, name: string): Promise<OpenedQuery> {
  const query = sql.trim().replace(/;+$/, '');
  const connection = await connect();
  return { name, connection, sql: query, columns: await asking(name, () => selected(connection, query)) };
}

/** `hashed` are the columns whose long words get a hash, by which they are told apart without reading them. */
function sourceOf({ name, connection, sql, columns }: OpenedQuery, hashed: readonly Selected[]): Source {
  const list = [...columns.map(({ expression }) => expression), ...hashed.map(hashOf)];
  const select = `select ${list.join(', ')} from (${sql}\n)`;
  const places = columns.map((column) =>
    hashed.includes(column) ? columns.length + hashed.indexOf(column) : undefined,
  );
  const fields = columns.map(({ name: column, type }) => ({ name: column, type }));
  return {
    name,
    fields,
    chunks: (codes = 'lasting') => chunksOf(connection, select, name, fields, places, codes),
    only(names) {
      const chosen = names.map((wanted) => columns.find((column) => column.name === wanted)!);
      return sourceOf(
        { name, connection, sql, columns: chosen },
        hashed.filter((column) => chosen.includes(column)),
      );
    },
  };
}

const isWord = ({ type }: Selected): boolean => type === 'word';

/** Rows by which it is judged whether a column has long words. */
const peekedRows = 20_000;

async function withLongWords(query: OpenedQuery): Promise<Selected[]> {
  const words = query.columns.filter(isWord);
  if (words.length === 0) return [];
  const longest = words.map(({ expression }) => `max(strlen(${expression}))::double`);
  const lengths = await firstRow(query, `select ${longest.join(', ')} from (${query.sql} limit ${peekedRows})`);
  return words.filter((_, i) => Number(lengths[i]) > shortWord);
}

async function firstRow({ connection, name }: OpenedQuery, sql: string): Promise<readonly unknown[]> {
  const result = await asking(name, () => connection.runAndReadAll(sql));
  return result.getRows()[0]!;
}

/** A text as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

async function connect(): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await load();
  const instance = await DuckDBInstance.create(':memory:');
  return instance.connect();
}

async function selected(connection: DuckDBConnection, query: string): Promise<Selected[]> {
  const described = await connection.runAndReadAll(`describe ${query}`);
  return described.getRows().map(([column, type]) => {
    const name = String(column);
    return { name, ...conversionOf(identifier(name), String(type)) };
  });
}

/** Bytes of a word that DuckDB keeps in the record of a row. */
const shortWord = 12;

/** A hash of a long word, of as many bits as a number holds. */
const hashOf = ({ expression }: Selected): string =>
  `case when strlen(${expression}) > ${shortWord} then (hash(${expression}) >> 11)::double else 0 end`;

/** Conversions are DuckDB's, by its own threads. */
function conversionOf(column: string, type: string): { type: ColumnType; expression: string } {
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)\b/.test(type))
    return { type: 'number', expression: type === 'DOUBLE' ? column : `${column}::double` };
  if (type === 'BOOLEAN') return { type: 'boolean', expression: `${column}::utinyint::double` };
  if (/^(DATE|TIMESTAMP)/.test(type)) return { type: 'date', expression: `epoch_ms(${column})::double` };
  if (/^TIME\b/.test(type)) return { type: 'number', expression: `epoch(${column})::double` };
  return { type: 'word', expression: type === 'VARCHAR' ? column : `${column}::varchar` };
}

async function* chunksOf(
  connection: DuckDBConnection,
  select: string,
  name: string,
  fields: readonly Field[],
  hashPlaces: readonly (number | undefined)[],
  codes: 'lasting' | 'passing',
): AsyncGenerator<Chunk> {
  const result = await asking(name, () => connection.stream(select));
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
  let next = fetch(); // the next chunk is made while this one is worked on
  for (;;) {
    const pending = next;
    const chunk = await asking(name, () => pending);
    if (!chunk || chunk.rowCount === 0) return;
    next = fetch();
    next.catch(() => {}); // it is asked for in the next round
    yield { rows: chunk.rowCount, columns: readers.map((read): Column => read(chunk)) };
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
  const codes = new Uint32Array(rows);
  const wordAt = (row: number) => vector.getItem(row) as string;
  words.encodeRecords({ records, present: validity.data ?? undefined, rows, hashes, wordAt }, codes);
  return { type: 'word', codes, words };
}

/** Does what DuckDB may refuse. Its message has further lines of advice, which are left out. */
async function asking<T>(name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw errorWith('ERR_INVALID_ARGUMENT', `${name}: ${firstLines((error as Error).message)}`, error);
  }
}

/** DuckDB's message on one line: what is wrong, and the position that it names. */
function firstLines(message: string): string {
  const [first = '', ...rest] = message.split('\n');
  const position = rest.find((line) => /^LINE \d+:/.test(line));
  return position === undefined ? first : `${first} (${position.trim()})`;
}
