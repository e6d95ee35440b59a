import { type ErrorCode, errorWith, outOfMemory } from '../../errors.js';

/** What DuckDB says of an error, by its setting `errors_as_json`. */
interface DuckError {
  readonly exception_type: string;
  readonly exception_message: string;
  /** Bytes of the query before the place that is meant. */
  readonly position?: string;
}

/** The error that a message has as JSON, behind words of the binding. */
function duckErrorOf(message: string): DuckError | undefined {
  try {
    return JSON.parse(message.slice(message.indexOf('{')));
  } catch {
    return undefined; // an error of the binding itself
  }
}

/**
 * Does what DuckDB may refuse. Its message has further lines of advice, which are left out.
 *
 * @param query What a person has written, whose line is named.
 * @param before Bytes that are put before the query.
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

/** Characters of a line that are shown. */
const longestLine = 80;

/** The line of a query that has a place, given in bytes. */
function lineAt(query: string, position: number): string {
  const before = Buffer.from(query).toString('utf8', 0, position);
  const lines = before.split('\n');
  const begin = before.length - lines.at(-1)!.length;
  const [line = ''] = query.slice(begin).split('\n');
  const shown = line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
  return `LINE ${lines.length}: ${shown.trim()}`;
}
