import { errorWith } from '../../errors.js';
import { longestRecord, tooLong } from './file_bytes.js';

/** How lines end. */
export type LineEnd = '\n' | '\r\n' | '\r';

const byteOrderMark = /^\uFEFF/;
const lineEnds = /\r\n|\n|\r/g;

/** The first position of a text in a longer one, from `from` on; infinite if there is none. */
function placeOf(sought: string, text: string, from: number): number {
  const place = text.indexOf(sought, from);
  return place < 0 ? Number.POSITIVE_INFINITY : place;
}

/** The positions of a text in a longer one, found in a single pass. */
class Places {
  readonly #sought: string;
  readonly #text: string;
  #next = -1;

  constructor(sought: string, text: string) {
    this.#sought = sought;
    this.#text = text;
  }

  /** The first position from `from` on. `from` must not decrease from call to call. */
  next(from: number): number {
    if (this.#next < from) this.#next = placeOf(this.#sought, this.#text, from);
    return this.#next;
  }
}

/**
 * Parses a CSV text that arrives in pieces (RFC 4180; lines may also end in LF or CR). The first record has the names of the
 * columns. Empty lines are skipped, unless there is only one column. Extra delimiters at the end of a line are ignored. With
 * csv-parse, which a test compares it with, the sample of a file alone took a third of DuckDB's time for the whole file.
 */
export class CsvParser {
  readonly #path: string;
  #delimiter: string | undefined;
  readonly #onRecord: (fields: string[], line: number) => void;
  /** The beginning of an incomplete record. */
  #rest = '';
  /** The line of the next record. */
  #line = 1;
  #columns = 0;
  #emptyLines = 0;
  readonly #lineEnds = new Set<LineEnd>();

  /**
   * @param path The name of the text in errors.
   * @param delimiter The separator of fields. Undefined: the most frequent candidate in the line of names.
   * @param onRecord Called with the fields of each record, and the line in which it begins.
   * @param behind For a text without its line of names: the number of lines before it, and of columns.
   */
  constructor(
    path: string,
    delimiter: string | undefined,
    onRecord: (fields: string[], line: number) => void,
    behind = { lines: 0, columns: 0 },
  ) {
    this.#path = path;
    this.#delimiter = delimiter;
    this.#onRecord = onRecord;
    this.#line += behind.lines;
    this.#columns = behind.columns;
  }

  get delimiter(): string {
    return this.#delimiter ?? ',';
  }

  /** Empty lines before the line of names. */
  get emptyLines(): number {
    return this.#emptyLines;
  }

  /** The kinds of line ends outside of quotes so far. */
  get lineEnds(): ReadonlySet<LineEnd> {
    return this.#lineEnds;
  }

  /**
   * Reads a piece. A piece must not begin between a CR and its LF.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE` that names the line.
   */
  add(piece: string): void {
    const isFirst = this.#line === 1 && this.#rest === '';
    const text = this.#rest + (isFirst ? piece.replace(byteOrderMark, '') : piece);
    const feeds = new Places('\n', text);
    const returns = new Places('\r', text);
    const quotes = new Places('"', text);
    const lineEndFrom = (from: number) => Math.min(feeds.next(from), returns.next(from));
    let begin = 0;
    while (begin < text.length) {
      const lineEnd = lineEndFrom(begin);
      if (lineEnd > begin) this.#delimiter ??= mostFrequentDelimiter(text.slice(begin, begin + longestNames));
      const record =
        quotes.next(begin) < lineEnd
          ? this.#quotedRecord(text, begin, lineEndFrom)
          : { fields: text.slice(begin, lineEnd).split(this.delimiter), end: lineEnd };
      if (Math.min(record?.end ?? text.length, text.length) - begin > longestRecord)
        throw tooLong(this.#path, this.#line);
      if (!record || record.end === Number.POSITIVE_INFINITY) break;
      const { fields, end } = record;
      const ending = lineEndAt(text, end);
      this.#lineEnds.add(ending);
      if (this.#columns === 0 && end === begin) this.#emptyLines += 1;
      else this.#take(fields);
      this.#line += lineEnd === end ? 1 : text.slice(begin, end + ending.length).match(lineEnds)!.length;
      begin = end + ending.length;
    }
    this.#rest = text.slice(begin);
  }

  /** Ends the text, whose last line may lack a line end. */
  end(): void {
    if (this.#rest !== '') this.add('\n');
    if (this.#rest !== '') throw badQuote(this.#path, this.#line);
  }

  /** A record with a quote in its first line; undefined if it is incomplete. */
  #quotedRecord(
    text: string,
    begin: number,
    lineEndFrom: (from: number) => number,
  ): { fields: string[]; end: number } | undefined {
    const fields: string[] = [];
    for (let at = begin; ; at += this.delimiter.length) {
      if (text[at] === '"') {
        const end = closingQuote(text, at + 1);
        fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
        at = end + 1;
      } else {
        const end = Math.min(placeOf(this.delimiter, text, at), lineEndFrom(at));
        const field = text.slice(at, end);
        if (field.includes('"')) throw badQuote(this.#path, this.#line);
        fields.push(field);
        at = end;
      }
      if (at >= text.length) return undefined;
      if (text[at] === '\n' || text[at] === '\r') return { fields, end: at };
      if (!text.startsWith(this.delimiter, at)) throw badQuote(this.#path, this.#line);
    }
  }

  #take(fields: string[]): void {
    if (this.#columns === 0) this.#columns = fields.length;
    if (this.#columns > 1 && fields.length === 1 && fields[0] === '') return;
    while (fields.length > this.#columns && fields.at(-1) === '') fields.pop();
    if (fields.length !== this.#columns) throw raggedRow(this.#path, this.#line, this.#columns, fields.length);
    this.#onRecord(fields, this.#line);
  }
}

/** The longest line of names from which the delimiter is inferred, in characters. */
const longestNames = 2 ** 16;

/** The most frequent delimiter of the first line, outside of quoted names, which may contain line breaks. */
function mostFrequentDelimiter(text: string): string {
  const [names = ''] = /^.*$/m.exec(text.replaceAll(/"(?:[^"]|"")*"/g, '')) ?? [];
  const count = (delimiter: string) => names.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

function lineEndAt(text: string, place: number): LineEnd {
  if (text[place] === '\n') return '\n';
  return text[place + 1] === '\n' ? '\r\n' : '\r';
}

/** The position of the first quote that is not doubled; infinite if there is none. */
function closingQuote(text: string, from: number): number {
  for (let at = from; ; at += 2) {
    at = placeOf('"', text, at);
    if (text[at + 1] !== '"') return at;
  }
}

const raggedRow = (path: string, line: number, expected: number, found: number): Error =>
  errorWith(
    'ERR_CORRUPT_FILE',
    `${path}, line ${line}: ${found} ${found === 1 ? 'field' : 'fields'}, but the line of names has ${expected}`,
  );

const badQuote = (path: string, line: number): Error =>
  errorWith(
    'ERR_CORRUPT_FILE',
    `${path}, line ${line}: a quotation mark inside a field, or a quoted field that never ends`,
  );
