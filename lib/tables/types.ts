import { isPlainObject } from '../checks/kinds.js';
import { checkOneOf } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { type ColumnType, columnTypes } from './column.js';
import type { Field } from './source.js';
import { unknownColumn } from './source_errors.js';

/**
 * Types that are said of columns, in place of those that a reader finds.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a column that is not there, and for an unknown type.
 */
export function checkTypes(types: unknown, columns: readonly string[], table: string): ReadonlyMap<string, ColumnType> {
  if (types === undefined) return new Map();
  if (!isPlainObject(types)) throw invalid('types', 'an object of types by the names of columns', types);
  const known = new Set(columns);
  return new Map(
    Object.entries(types).map(([name, given]) => {
      if (!known.has(name)) throw unknownColumn(table, columns, name, 'types: ');
      return [name, checkOneOf(`type of ${quoted(name)}`, given, columnTypes)];
    }),
  );
}

/** Fields of which some become words, unless their types were said. */
export const withWords = (
  fields: readonly Field[],
  names: readonly string[],
  said: Readonly<Record<string, ColumnType>> = {},
): Field[] => {
  const chosen = new Set(names);
  return fields.map((field) =>
    chosen.has(field.name) && !Object.hasOwn(said, field.name) ? { ...field, type: 'word' } : field,
  );
};

/** What is wrong with a value of a column of another type. */
export const isOfNoType = (value: string, type: ColumnType): string =>
  `${value} is no ${type}, the type of the column by its first rows or by types`;

/** How a column is read as words, as the end of a sentence. */
export const readAsWords = (name: string): string =>
  `types: { ${JSON.stringify(name)}: 'word' } reads words (on the command line, --types ${JSON.stringify(name)}=word)`;
