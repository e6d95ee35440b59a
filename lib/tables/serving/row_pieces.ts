import { Refusal } from './refusal.js';

/** Rows that are worked on without a pause. */
const pieceRows = 256;

/** Bytes that are read without a pause, unless a single row has more. */
const pieceBytes = 32_768;

/** Values of a row, those inside of lists and objects included: a row that nests thousands would take megabytes. */
const mostValues = 16_384;

const [quote, backslash, comma, openList, closeList, openObject, closeObject] = Buffer.from('"\\,[]{}');
const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Reads JSON that is a row, or an array of rows, a few rows at a time, so that no body keeps the thread for long and
 * the objects of only a few rows are in memory.
 */
export class RowPieces {
  readonly #bytes: Buffer;
  readonly #limit: number;
  /** Whether the body is an array. */
  readonly isList: boolean;
  /** The next byte to look at. */
  #at = 0;
  /** Where the row begins that is looked at, and the piece that it belongs to. */
  #row = 0;
  #piece = 0;
  /** Rows of the piece that are complete. */
  #complete = 0;
  #depth = 0;
  #values = 0;
  #isText = false;
  #isEscaped = false;
  #isAtEnd = false;
  /** Rows of the pieces before. */
  #rows = 0;

  /** @param limit The most rows. */
  constructor(bytes: Buffer, limit: number) {
    this.#bytes = bytes;
    this.#limit = limit;
    while (isSpace(bytes[this.#at])) this.#at += 1;
    this.isList = bytes[this.#at] === openList;
    if (this.isList) this.#at += 1;
    this.#row = this.#at;
    this.#piece = this.#at;
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** Rows of the pieces that were read. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * The next rows, or none if their end is still to be found.
   *
   * @throws Refusal 400 for what is not JSON, 413 for too many rows, or for a row of too many values.
   */
  next(): readonly unknown[] {
    const end = this.isList ? this.#findEnd() : this.#endOfOne();
    if (end === undefined) return [];
    const rows = this.#complete;
    const text = this.#bytes.toString('utf8', this.#piece, end);
    this.#piece = this.#at;
    this.#complete = 0;
    if (rows === 0 && text.trim() === '') return [];
    const parsed = this.#parsed(text);
    if (parsed.length !== rows) throw notJson(`near row ${this.#rows + 1}: a row is missing`);
    this.#rows += rows;
    if (this.#rows > this.#limit)
      throw new Refusal(413, 'ERR_TOO_LARGE', `the body has more than ${this.#limit} rows: send fewer at once`);
    return parsed;
  }

  #parsed(text: string): unknown[] {
    try {
      return JSON.parse(`[${text}]`);
    } catch (error) {
      const message = (error as Error).message.replace(/ (in JSON )?at position \d+.*$/s, '').replace(/, ".*$/s, '');
      throw notJson(this.isList ? `near row ${this.#rows + 1}: ${message}` : message);
    }
  }

  /** The whole body, of one row. */
  #endOfOne(): number | undefined {
    const end = this.#bytes.length;
    if (end - this.#at > mostValues) {
      // Fewer bytes can't have as many values.
      const stop = Math.min(end, this.#at + pieceBytes);
      while (this.#at < stop) this.#step(this.#bytes[this.#at++]!);
      if (this.#at < end) return undefined;
    }
    this.#at = end;
    this.#complete = 1;
    this.#isAtEnd = true;
    return end;
  }

  /** Where a piece of the array ends: at a comma after enough rows, or at the bracket. */
  #findEnd(): number | undefined {
    const bytes = this.#bytes;
    const stop = Math.min(bytes.length, this.#at + pieceBytes);
    while (this.#at < stop) {
      const at = this.#at++;
      const byte = bytes[at]!;
      if (this.#depth > 0 || this.#isText || (byte !== comma && byte !== closeList)) {
        this.#step(byte);
        continue;
      }
      const isLast = byte === closeList;
      this.#completeRow(at, isLast);
      if (isLast) {
        this.#checkRest();
        return at;
      }
      if (this.#complete >= pieceRows || at - this.#piece >= pieceBytes) return at;
    }
    if (this.#at === bytes.length) throw notJson(`it ends near row ${this.#rows + this.#complete + 1}`);
    return undefined;
  }

  #completeRow(end: number, isLast: boolean): void {
    const isEmpty = isLast && this.#bytes.subarray(this.#row, end).every(isSpace);
    if (isEmpty && this.#rows + this.#complete === 0) return; // an array without rows
    this.#complete += 1;
    this.#row = this.#at;
    this.#values = 0;
  }

  /** Follows the nesting of values. */
  #step(byte: number): void {
    if (this.#isText) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === backslash) this.#isEscaped = true;
      else if (byte === quote) this.#isText = false;
    } else if (byte === quote) this.#isText = true;
    else if (byte === openObject || byte === openList) {
      this.#depth += 1;
      this.#count();
    } else if (byte === closeObject || byte === closeList) this.#depth -= 1;
    else if (byte === comma) this.#count();
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > mostValues)
      throw new Refusal(
        413,
        'ERR_TOO_LARGE',
        `row ${this.#rows + this.#complete + 1} has more than ${mostValues} values`,
      );
  }

  /** Only spaces may follow the array. */
  #checkRest(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1;
    if (this.#at < this.#bytes.length) throw notJson('something follows the array');
    this.#isAtEnd = true;
  }
}

const notJson = (message: string) => new Refusal(400, 'ERR_INVALID_ARGUMENT', `the body is not JSON: ${message}`);
