import { Refusal } from '../../http/refusal.js';
import { mostValues, RowScanner } from './row_scanner.js';

export interface RowLimits {
  /** The most rows of a body. */
  readonly rows: number;
  /** The most rows of a piece. */
  readonly pieceRows: number;
}

/** The bytes of a piece, unless a single row has more. */
const pieceBytes = 32_768;

/** A row has at least one byte and a separator. */
const fewestRowBytes = 2;

const [comma, openList, closeList] = Buffer.from(',[]') as unknown as [number, number, number];

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Parses a row or an array of rows in JSON, a few rows at a time. No body then occupies the thread for long, and only a few
 * rows are in memory as objects.
 */
export class RowPieces {
  readonly #bytes: Buffer;
  readonly #limits: RowLimits;
  readonly #scanner: RowScanner;
  /** Scans ahead, if the body is long enough for too many rows. */
  #counter: RowScanner | undefined;
  /** Whether the body is an array. */
  readonly isList: boolean;
  /** The beginning of the next piece. */
  #piece: number;
  /** The number of complete rows in the piece. */
  #complete = 0;
  #isAtEnd = false;
  /** The number of rows in earlier pieces. */
  #rows = 0;

  constructor(bytes: Buffer, limits: RowLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    let at = 0;
    while (isSpace(bytes[at])) at += 1;
    this.isList = bytes[at] === openList;
    if (this.isList) at += 1;
    this.#scanner = new RowScanner(bytes, at);
    if (this.isList && bytes.length > fewestRowBytes * limits.rows) this.#counter = new RowScanner(bytes, at);
    this.#piece = at;
  }

  /**
   * Counts rows ahead of `next`, so that a body with too many rows is refused before work on the first row. Returns whether
   * rows remain to be counted. Malformed JSON is left to `next`.
   *
   * @throws Refusal 413 for too many rows, or for a row of too many values.
   */
  count(): 'more' | 'done' {
    const counter = this.#counter;
    if (!counter) return 'done';
    const stop = Math.min(this.#bytes.length, counter.at + pieceBytes);
    for (let end = counter.scan(stop); end >= 0 && this.#bytes[end] === comma; end = counter.scan(stop)) {
      counter.beginRow();
      if (counter.row > this.#limits.rows) throw this.#tooManyRows();
    }
    if (counter.at >= stop && stop < this.#bytes.length) return 'more';
    this.#counter = undefined;
    return 'done';
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** The number of rows that were read. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * The next rows; none if their end was not found yet.
   *
   * @throws Refusal 400 for malformed JSON, 413 for too many rows, or for a row of too many values.
   */
  next(): readonly unknown[] {
    const end = this.isList ? this.#findEnd() : this.#endOfOne();
    if (end === undefined) return [];
    const rows = this.#complete;
    const text = this.#bytes.toString('utf8', this.#piece, end);
    this.#piece = this.#scanner.at;
    this.#complete = 0;
    if (rows === 0 && text.trim() === '') return []; // an array without rows
    const parsed = this.#parsed(text);
    if (parsed.length !== rows) throw notJson(`near row ${this.#rows + 1}: a row is missing`);
    this.#rows += rows;
    if (this.#rows > this.#limits.rows) throw this.#tooManyRows();
    return parsed;
  }

  #tooManyRows(): Refusal {
    return new Refusal(413, 'ERR_TOO_LARGE', `the body has more than ${this.#limits.rows} rows: send fewer at once`);
  }

  #parsed(text: string): unknown[] {
    try {
      return this.isList ? JSON.parse(`[${text}]`) : [JSON.parse(text)];
    } catch (error) {
      const message = (error as Error).message.replace(/ (in JSON )?at position \d+.*$/s, '').replace(/, ".*$/s, '');
      throw notJson(this.isList ? `near row ${this.#rows + 1}: ${message}` : message);
    }
  }

  /** The end of a body with a single row. */
  #endOfOne(): number | undefined {
    const end = this.#bytes.length;
    // Fewer bytes can't contain too many values.
    if (end - this.#scanner.at > mostValues) {
      if (this.#scanner.scan(Math.min(end, this.#scanner.at + pieceBytes)) >= 0)
        throw notJson('something follows the row');
      if (this.#scanner.at < end) return undefined;
    }
    this.#scanner.at = end;
    this.#complete = 1;
    this.#isAtEnd = true;
    return end;
  }

  /** The end of the piece: a comma after enough rows, or the closing bracket. */
  #findEnd(): number | undefined {
    const bytes = this.#bytes;
    const stop = Math.min(bytes.length, this.#scanner.at + pieceBytes);
    for (;;) {
      const end = this.#scanner.scan(stop);
      if (end < 0) {
        if (stop === bytes.length) throw notJson(`it ends near row ${this.#scanner.row}`);
        return undefined;
      }
      const isLast = bytes[end] === closeList;
      if (!isLast && bytes[end] !== comma) throw notJson(`near row ${this.#scanner.row}: a brace too many`);
      const isEmpty = isLast && this.#scanner.row === 1 && bytes.subarray(this.#piece, end).every(isSpace);
      if (!isEmpty) this.#complete += 1;
      this.#scanner.beginRow();
      if (isLast) {
        this.#checkRest();
        return end;
      }
      if (this.#complete >= this.#limits.pieceRows || end - this.#piece >= pieceBytes) return end;
    }
  }

  /** Only spaces may follow the array. */
  #checkRest(): void {
    while (isSpace(this.#bytes[this.#scanner.at])) this.#scanner.at += 1;
    if (this.#scanner.at < this.#bytes.length) throw notJson('something follows the array');
    this.#isAtEnd = true;
  }
}

const notJson = (message: string) => new Refusal(400, 'ERR_INVALID_ARGUMENT', `the body is not JSON: ${message}`);
