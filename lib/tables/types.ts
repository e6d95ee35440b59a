import { isPlainObject } from '../checks/kinds.js';
import { checkOneOf } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { type ColumnType, columnTypes } from './column.js';
import type { Field } from './source.js';
import { unknownColumn } from './source_errors.js';

/**
 * Checks types that a person gives to columns, in place of those that a reader finds.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for an unknown column or type.
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

/** Fields of which some become words, unless their types were given. */
export const withWords = (
  fields: readonly Field[],
  names: readonly string[],
  given: Readonly<Record<string, ColumnType>> = {},
): Field[] => {
  const chosen = new Set(names);
  return fields.map((field) =>
    chosen.has(field.name) && !Object.hasOwn(given, field.name) ? { ...field, type: 'word' } : field,
  );
};

/** The message for a value that is not of its column's type. */
export const isOfNoType = (value: string, type: ColumnType): string =>
  `${value} is not a ${type}, the type of the column by its first rows or by types`;

/** How to read a column as words, as the end of a sentence. */
export const readAsWords = (name: string): string =>
  `types: { ${JSON.stringify(name)}: 'word' } reads words (on the command line, --types ${JSON.stringify(name)}=word)`;
