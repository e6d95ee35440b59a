// Reads a CSV file with csv-parse, row by row into objects of texts. Prints the JSON of outcome.mjs. Arguments: file,
// rows, columns.
import fs from 'node:fs';
import { parse } from 'csv-parse';
import { work } from './arguments.mjs';
import { outcome } from './outcome.mjs';

const begin = performance.now();
let rows = 0;
let last;
for await (const row of fs.createReadStream(work.file).pipe(parse({ columns: true }))) {
  rows += 1;
  last = row;
}
const seconds = (performance.now() - begin) / 1e3;
console.log(outcome({ ...work, read: { rows, columns: Object.keys(last).length }, seconds }));
