import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api';
import { errorWith } from '../../errors.js';
import { optional } from '../../packages.js';
import type { Column, ColumnType } from '../column.js';
import { Dictionary } from '../dictionary.js';
import type { Chunk, Field, Source } from '../source.js';

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
  const query = sql.trim().replace(/;+$/, '');
  const connection = await connect();
  const columns = await asking(name, () => selected(connection, query));
  const list = columns.map(({ name: column, expression }) => `${expression} as ${identifier(column)}`);
  const select = `select ${list.join(', ')} from (${query}\n)`;
  const fields = columns.map(({ name: column, type }) => ({ name: column, type }));
  return { name, fields, chunks: () => chunksOf(connection, select, name, fields) };
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
): AsyncGenerator<Chunk> {
  const result = await asking(name, () => connection.stream(select));
  const dictionaries = fields.map(({ type }) => (type === 'word' ? new Dictionary() : undefined));
  for (;;) {
    const chunk = await asking(name, () => result.fetchChunk());
    if (!chunk || chunk.rowCount === 0) return;
    const rows = chunk.rowCount;
    const columns = fields.map(({ type }, i): Column => {
      const vector = chunk.getColumnVector(i);
      const words = dictionaries[i];
      return words ? wordsOf(vector, words, rows) : { type: type as 'number', values: numbersOf(vector) };
    });
    yield { rows, columns };
  }
}

/** What a vector keeps: numbers, or records of strings, and one bit for each row that is present. */
interface Kept {
  readonly items: Float64Array;
  readonly dataView: DataView;
  readonly validity: { readonly data: BigUint64Array | null };
}

function numbersOf(vector: DuckDBVector): Float64Array {
  const { items, validity } = vector as unknown as Kept;
  if (!validity.data) return items;
  const values = items.slice();
  for (let row = 0; row < values.length; ++row) if (vector.getItem(row) === null) values[row] = Number.NaN;
  return values;
}

function wordsOf(vector: DuckDBVector, words: Dictionary, rows: number): Column {
  const { dataView, validity } = vector as unknown as Kept;
  const records = new Uint8Array(dataView.buffer, dataView.byteOffset, dataView.byteLength);
  const codes = new Uint32Array(rows);
  const wordAt = (row: number) => vector.getItem(row) as string;
  words.encodeRecords({ records, present: validity.data ?? undefined, rows, wordAt }, codes);
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
