import { type ErrorCode, errorWith, outOfMemory } from '../../errors.js';

/** An error of DuckDB with the setting `errors_as_json`. */
interface DuckError {
  readonly exception_type: string;
  readonly exception_message: string;
  /** The position of the error in the query, in bytes. */
  readonly position?: string;
}

/** The JSON error in a message, after a prefix of the binding. */
function duckErrorOf(message: string): DuckError | undefined {
  try {
    return JSON.parse(message.slice(message.indexOf('{')));
  } catch {
    return undefined; // an error of the binding itself
  }
}

/**
 * Calls DuckDB, and rewords its errors: further lines with advice are left out.
 *
 * @param query The query of a person, for the line of the error.
 * @param before The number of bytes that precede the query in what DuckDB reads.
 */
export async function asking<T>(
  name: string,
  code: ErrorCode,
  ask: () => Promise<T>,
  query?: string,
  before = 0,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const { message } = error as Error;
    const { exception_type: type, exception_message: whole = message, position } = duckErrorOf(message) ?? {};
    const [first] = whole.split('\n');
    const place = query === undefined || position === undefined ? '' : ` (${lineAt(query, Number(position) - before)})`;
    const sentence = `${name}: ${type === undefined ? '' : `${type} Error: `}${first}${place}`;
    throw type === 'Out of Memory' ? outOfMemory(sentence) : errorWith(code, sentence, error);
  }
}

/** The most characters of a line in a message. */
const longestLine = 80;

/** The line of a query at a position in bytes. */
function lineAt(query: string, position: number): string {
  const before = Buffer.from(query).toString('utf8', 0, position);
  const lines = before.split('\n');
  const begin = before.length - lines.at(-1)!.length;
  const [line = ''] = query.slice(begin).split('\n');
  const shown = line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
  return `LINE ${lines.length}: ${shown.trim()}`;
}
