// The build puts this package into this module.
import { parse } from 'csv-parse/sync'; // the most used reader of CSV, well kept; its tests hold RFC 4180 and more
import { errorWith } from '../../errors.js';

/** A table of texts. */
export interface TextTable {
  /** Names of the columns, all different. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Reads CSV with a line of names. Fields are separated by commas, semicolons or tabs, as the line of names is.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names the line, for quotes that don't end and rows of other lengths.
 */
export function readCsv(text: string): TextTable {
  const [columns, ...rows] = parsed(text, separatorOf(text));
  if (!columns || rows.length === 0) throw refused('it has no rows below a line of names');
  const repeated = columns.find((name, i) => columns.indexOf(name) !== i);
  if (repeated !== undefined) throw refused(`two columns have the name ${JSON.stringify(repeated)}`);
  return { columns, rows };
}

function parsed(text: string, delimiter: string): string[][] {
  try {
    return parse(text, { bom: true, delimiter, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw refused((error as Error).message);
  }
}

function separatorOf(text: string): string {
  const names = text.slice(0, text.search(/[\r\n]|$/));
  const count = (separator: string) => names.split(separator).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

const refused = (reason: string) => errorWith('ERR_INVALID_ARGUMENT', `the CSV can't be read: ${reason}`);
