import { errorWith } from '../../errors.js';
import { parseText } from './csv_package.js';

/** A table of texts. */
export interface TextTable {
  /** Names of the columns, all different. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A larger table takes more memory than a race is worth. */
const mostRows = 1_000_000;

/**
 * Reads CSV with a line of names. Fields are separated by commas, semicolons or tabs, as the line of names is.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names the line, for quotes that don't end and rows of other lengths; and
 *   for more than a million rows.
 */
export function readCsv(text: string): TextTable {
  const columns = columnsOf(text);
  const [, ...rows] = parsed(text, mostRows + 2);
  if (rows.length === 0) throw refused('it has no rows below a line of names');
  if (rows.length > mostRows) throw refused(`it has more than ${mostRows.toLocaleString('en')} rows`);
  return { columns, rows };
}

/**
 * The names of the columns, from the first line.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if there is none, or if two names are the same.
 */
export function columnsOf(text: string): string[] {
  const [columns] = parsed(text, 1);
  if (!columns) throw refused('it has no rows below a line of names');
  const repeated = columns.find((name, i) => columns.indexOf(name) !== i);
  if (repeated !== undefined) throw refused(`two columns have the name ${JSON.stringify(repeated)}`);
  return columns;
}

function parsed(text: string, most: number): string[][] {
  try {
    const options = { bom: true, delimiter: separatorOf(text), skip_empty_lines: true, trim: true, to: most };
    return parseText(text, options);
  } catch (error) {
    throw refused((error as Error).message);
  }
}

/** The separator that the line of names has most of, beside quoted names. */
function separatorOf(text: string): string {
  const [line = ''] = /^.*\S.*$/m.exec(text) ?? [];
  const names = line.replaceAll(/"(?:[^"]|"")*"/g, '');
  const count = (separator: string) => names.split(separator).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

const refused = (reason: string) => errorWith('ERR_INVALID_ARGUMENT', `the CSV can't be read: ${reason}`);
