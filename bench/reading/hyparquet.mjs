// Reads a Parquet file with hyparquet, and drops each piece of a column. Prints the JSON of outcome.mjs. Arguments:
// file, rows, columns.
import { asyncBufferFromFile, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { work } from './arguments.mjs';
import { outcome } from './outcome.mjs';

const begin = performance.now();
const read = new Map();
await parquetRead({
  file: await asyncBufferFromFile(work.file),
  compressors,
  onChunk: ({ columnName, columnData }) => read.set(columnName, (read.get(columnName) ?? 0) + columnData.length),
});
const seconds = (performance.now() - begin) / 1e3;
const rows = Math.min(...read.values());
console.log(outcome({ ...work, read: { rows, columns: read.size }, seconds }));
