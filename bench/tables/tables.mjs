import fs from 'node:fs';
import path from 'node:path';

/**
 * The tables, which make_tables.py makes and peers.py reads too: the name of each, its source, its target, whether
 * the target is a class or a number, and its columns of dates.
 */
export const tables = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'tables.json'), 'utf8'));
