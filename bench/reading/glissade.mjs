// Reads a file into a table. Prints the JSON of outcome.mjs. Arguments: file, rows, columns.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { table } from 'glissade/tables';
import { work } from './arguments.mjs';
import { outcome } from './outcome.mjs';

// The first table loads the package of its reader, which other contestants have already loaded.
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
const small = path.join(folder, 'small.csv');
fs.writeFileSync(small, 'number\n1\n');
await table(small);
fs.rmSync(folder, { recursive: true });

const begin = performance.now();
const { rows, columns } = await table(work.file);
const seconds = (performance.now() - begin) / 1e3;
console.log(outcome({ ...work, read: { rows, columns: columns.length }, seconds }));
