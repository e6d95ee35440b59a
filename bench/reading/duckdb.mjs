// Scans a file with DuckDB, and drops each chunk. Prints the JSON of outcome.mjs. Arguments: file, rows, columns.
import { DuckDBInstance } from '@duckdb/node-api';
import { work } from './arguments.mjs';
import { outcome } from './outcome.mjs';

const begin = performance.now();
const threads = process.env.GLISSADE_THREADS;
const instance = await DuckDBInstance.create(':memory:', threads ? { threads } : {});
const connection = await instance.connect();
const result = await connection.stream(`select * from '${work.file}'`);
let rows = 0;
for (let chunk = await result.fetchChunk(); chunk?.rowCount > 0; chunk = await result.fetchChunk())
  rows += chunk.rowCount;
const seconds = (performance.now() - begin) / 1e3;
console.log(outcome({ ...work, read: { rows, columns: result.columnCount }, seconds }));
