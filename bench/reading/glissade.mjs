// Reads a file into a table. Prints the JSON of outcome.mjs. Arguments: file, rows, columns.
import { table } from 'glissade/tables';
import { work } from './arguments.mjs';
import { outcome } from './outcome.mjs';

const begin = performance.now();
const { rows, columns } = await table(work.file);
const seconds = (performance.now() - begin) / 1e3;
console.log(outcome({ ...work, read: { rows, columns: columns.length }, seconds }));
