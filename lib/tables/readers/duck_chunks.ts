import type { DuckDBConnection, DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api';
import { errorWith, newArray } from '../../errors.js';
import { release } from '../../numbers/memory.js';
import type { Column } from '../column.js';
import { Dictionary } from '../dictionary.js';
import type { Chunk, Codes, Field } from '../source.js';
import { mostPassingWords } from '../words.js';
import { asking } from './duck_errors.js';
import { type OpenedQuery, rowsOf } from './duck_query.js';

/**
 * Memory for rows that DuckDB produces ahead. With the default of 1 MB its threads mostly wait for each other, because one
 * thread works on later rows until the memory is full.
 */
const bufferSize = '32 MB';

export async function* chunksOf(
  query: OpenedQuery,
  select: string,
  fields: readonly Field[],
  hashPlaces: readonly (number | undefined)[],
  codes: Codes,
): AsyncGenerator<Chunk> {
  const { name, code } = query;
  const connection = await query.instance.connect();
  let next: Promise<DuckDBDataChunk | null> | undefined; // fetched while the current chunk is used
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
      next.catch(() => {}); // awaited in the next round
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
    await next?.catch(() => {}); // closing a connection during a call would end the process
    connection.closeSync();
  }
}

/**
 * Distinguishes the end of the rows from a failure, which also just ends the stream. A failed transaction refuses further
 * queries. The rows are then read again to get the message of the failure.
 */
async function checkEnd(query: OpenedQuery, connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('select 1');
  } catch (error) {
    const counts = query.columns.map(({ expression }) => `count(${expression})`);
    await rowsOf(query, `select ${counts.join(', ')} from (${query.sql}\n)`);
    throw errorWith(query.code, `${query.name}: reading failed, but a second attempt did not`, error);
  }
}

/** The contents of a vector: numbers, or records of strings, and a bit for each row that has a value. */
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
