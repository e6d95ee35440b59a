import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type ErrorCode, errorWith } from '../../errors.js';
import { optional } from '../../packages.js';
import type { ColumnType } from '../column.js';
import type { Field } from '../source.js';
import { asking } from './duck_errors.js';
import { identifier, literal } from './sql.js';

export const load = () =>
  optional<typeof import('@duckdb/node-api')>('queries, and files that only DuckDB reads, are', '@duckdb/node-api');

/** The oldest supported DuckDB. Its npm versions are pre-releases, which package.json can't compare. */
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

export async function newInstance(): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await loadRecent();
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  // Times without a zone are in UTC. Errors are JSON objects, because their wording may change.
  await connection.run("set global TimeZone = 'UTC'; set global errors_as_json = true");
  connection.closeSync();
  return instance;
}

/** A column of a query: its type, and the expression that converts its values. */
export interface Selected extends Field {
  readonly expression: string;
  /** Whether its type has whole numbers that float64 may round. */
  readonly isWhole: boolean;
  readonly isNested: boolean;
}

/** A query that DuckDB has accepted. */
export interface OpenedQuery {
  readonly name: string;
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  readonly sql: string;
  readonly columns: readonly Selected[];
  /** The code of errors while rows are read. */
  readonly code: ErrorCode;
}

export async function opened(sql: string, name: string, code: ErrorCode): Promise<OpenedQuery> {
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

export async function rowsOf(
  { connection, name, code }: OpenedQuery,
  sql: string,
): Promise<readonly (readonly unknown[])[]> {
  const result = await asking(name, code, () => connection.runAndReadAll(sql));
  return result.getRows();
}

/** In a nested select, repeated names of columns are numbered, and further statements are a syntax error. */
const describing = 'describe select * from (';

async function selected(connection: DuckDBConnection, query: string): Promise<Selected[]> {
  const described = await connection.runAndReadAll(`${describing}${query}\n)`);
  return described.getRows().map(([column, type]) => {
    const name = String(column);
    return { name, ...conversionOf(identifier(name), String(type)), ...natureOf(String(type)) };
  });
}

const natureOf = (type: string) => ({
  isWhole: /^U?(BIG|HUGE)INT$/.test(type),
  isNested: isNested.test(type),
});

const isNested = /\]$|^(STRUCT|MAP|UNION)\b/;

/** The type of a column, and its conversion by DuckDB. */
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

/** The local files of patterns. DuckDB expands `~` to the home folder. */
export async function filesOf(...patterns: string[]): Promise<string[]> {
  const connection = await (await newInstance()).connect();
  const glob = `select file from glob([${patterns.map(literal).join(', ')}])`;
  const result = await asking(patterns.join(', '), 'ERR_FILE', () => connection.runAndReadAll(glob));
  return result.getRows().map(([file]) => String(file));
}

/**
 * The local files that DuckDB opens to determine the columns of a query: a sample of its CSV and JSON files, and its first
 * Parquet file. They are read from DuckDB's log, which also has names that the query computes.
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
