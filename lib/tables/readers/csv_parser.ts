import { errorWith } from '../../errors.js';
import { longestRecord, tooLong } from './file_bytes.js';

/** How lines end. */
export type LineEnd = '\n' | '\r\n' | '\r';

const byteOrderMark = /^\uFEFF/;
const lineEnds = /\r\n|\n|\r/g;

/** The first place of a text in a longer one that is not before `from`; infinite if there is none. */
function placeOf(sought: string, text: string, from: number): number {
  const place = text.indexOf(sought, from);
  return place < 0 ? Number.POSITIVE_INFINITY : place;
}

/** The places of a text in a longer one, which is gone through once. */
class Places {
  readonly #sought: string;
  readonly #text: string;
  #next = -1;

  constructor(sought: string, text: string) {
    this.#sought = sought;
    this.#text = text;
  }

  /** The first place that is not before `from`. That must not be less than in the last call. */
  next(from: number): number {
    if (this.#next < from) this.#next = placeOf(this.#sought, this.#text, from);
    return this.#next;
  }
}

/**
 * Makes records of a CSV text that comes in pieces (RFC 4180; lines may also end in LF or CR). The first record has the
 * names of the columns. Empty lines are left out, unless there is one column. So are delimiters at the end of a line beyond
 * the columns. csv-parse, with which a test compares it, took a third of the time of DuckDB's whole reading for the sample of
 * a file alone.
 */
export class CsvParser {
  readonly #path: string;
  #delimiter: string | undefined;
  readonly #onRecord: (fields: string[], line: number) => void;
  /** The beginning of a record whose end has not come. */
  #rest = '';
  /** The line of the next record. */
  #line = 1;
  #columns = 0;
  #emptyLines = 0;
  readonly #lineEnds = new Set<LineEnd>();

  /**
   * @param path What errors call the text.
   * @param delimiter What separates fields. Undefined: what the line of names has most of.
   * @param onRecord Called with the fields of each record, and the line that it begins in.
   * @param behind Where a text begins that lacks its line of names: behind so many lines.
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

  /** How lines have ended that are not inside quotes. */
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

  /** Ends the last line, if it has no end. */
  end(): void {
    if (this.#rest !== '') this.add('\n');
    if (this.#rest !== '') throw badQuote(this.#path, this.#line);
  }

  /** A record that has a quote in its first line; undefined if its end has not come. */
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

/** Characters in which the line of names is looked for. */
const longestNames = 2 ** 16;

/** The delimiter that the first line has most of, beside quoted names, which may have line breaks. */
function mostFrequentDelimiter(text: string): string {
  const [names = ''] = /^.*$/m.exec(text.replaceAll(/"(?:[^"]|"")*"/g, '')) ?? [];
  const count = (delimiter: string) => names.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

function lineEndAt(text: string, place: number): LineEnd {
  if (text[place] === '\n') return '\n';
  return text[place + 1] === '\n' ? '\r\n' : '\r';
}

/** The place of the first quote that is not doubled; infinite if there is none. */
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
  errorWith('ERR_CORRUPT_FILE', `${path}, line ${line}: a quote inside a field, or one that never ends`);
