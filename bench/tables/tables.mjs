import fs from 'node:fs';
import path from 'node:path';

/**
 * The tables, which make_tables.py makes and peers.py reads too: the name of each, where it is from, its target, whether
 * that is of classes or of numbers, and its columns of dates.
 */
export const tables = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'tables.json'), 'utf8'));
