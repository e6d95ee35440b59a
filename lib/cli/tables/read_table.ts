import type { Ranks } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import { type ColumnKind, type SourceOptions, type Table, table } from '../../tables/index.js';
import type { ProgressDisplay } from '../progress.js';
import { counted } from './score_words.js';

/** Kinds and types of columns, as the command line gives them. */
export interface GivenColumns {
  kinds?: string;
  types?: string;
}

/** Reads a table with the given kinds and types of columns; with `ranks`, the rows of this rank. */
export function readTable(
  file: string,
  { kinds, types }: GivenColumns,
  progress: ProgressDisplay,
  ranks?: Ranks,
): Promise<Table> {
  return table(file, {
    ranks,
    kinds: byColumn('--kinds', kinds, 'category') as Record<string, ColumnKind> | undefined,
    types: typesOf(types),
    onRows: (rows) => progress.show(`reading: ${counted(rows, 'row')}`, 0),
  });
}

/** The value of `--types`. */
export const typesOf = (text: string | undefined): SourceOptions['types'] =>
  byColumn('--types', text, 'word') as SourceOptions['types'];

/** Parses a list such as `zip=category,age=number`. Names of columns may contain commas and equals signs. */
function byColumn(option: string, text: string | undefined, example: string): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  const entry = /\s*(.+?)\s*=\s*(\w+)\s*(?:,|$)/suy;
  const words = new Map<string, string>();
  do {
    const [, name, word] = entry.exec(text) ?? [];
    if (name === undefined)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `${option}: Expected a list such as zip=${example},city=${example} but received ${JSON.stringify(text)}`,
      );
    if (words.has(name)) throw errorWith('ERR_INVALID_ARGUMENT', `${option}: ${JSON.stringify(name)} is named twice`);
    words.set(name, word!);
  } while (entry.lastIndex < text.length);
  return Object.fromEntries(words);
}
