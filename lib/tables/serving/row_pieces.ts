import { Refusal } from './refusal.js';

export interface RowLimits {
  /** The most rows of a body. */
  readonly rows: number;
  /** The most rows of a piece. */
  readonly pieceRows: number;
}

/** Bytes that are read without a pause, unless a single row has more. */
const pieceBytes = 32_768;

/** Values of a row, those inside of lists and objects included: a row that nests thousands would take megabytes. */
const mostValues = 16_384;

const [quote, backslash, comma, openList, closeList] = Buffer.from('"\\,[]') as unknown as [
  number,
  number,
  number,
  number,
  number,
];

/** What a byte does outside of strings: 0 nothing, 1 begins a string, 2 opens, 3 closes, 4 separates. */
const roles = new Uint8Array(256);
for (const [bytes, role] of [
  ['"', 1],
  ['[{', 2],
  [']}', 3],
  [',', 4],
] as const)
  for (const byte of Buffer.from(bytes)) roles[byte] = role;

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Reads JSON that is a row, or an array of rows, a few rows at a time, so that no body keeps the thread for long and
 * the objects of only a few rows are in memory.
 */
export class RowPieces {
  readonly #bytes: Buffer;
  readonly #limits: RowLimits;
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
  #isAtEnd = false;
  /** Rows of the pieces before. */
  #rows = 0;

  constructor(bytes: Buffer, limits: RowLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
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
    if (this.#rows > this.#limits.rows)
      throw new Refusal(413, 'ERR_TOO_LARGE', `the body has more than ${this.#limits.rows} rows: send fewer at once`);
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
    // Fewer bytes can't have as many values.
    if (end - this.#at > mostValues) {
      if (this.#scan(Math.min(end, this.#at + pieceBytes)) >= 0) throw notJson('something follows the row');
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
    for (;;) {
      const end = this.#scan(stop);
      if (end < 0) {
        if (stop === bytes.length) throw notJson(`it ends near row ${this.#rows + this.#complete + 1}`);
        return undefined;
      }
      const isLast = bytes[end] === closeList;
      if (!isLast && bytes[end] !== comma)
        throw notJson(`near row ${this.#rows + this.#complete + 1}: a brace too many`);
      const isEmpty = isLast && this.#rows + this.#complete === 0 && bytes.subarray(this.#row, end).every(isSpace);
      if (!isEmpty) this.#complete += 1;
      this.#row = this.#at;
      this.#values = 0;
      if (isLast) {
        this.#checkRest();
        return end;
      }
      if (this.#complete >= this.#limits.pieceRows || end - this.#piece >= pieceBytes) return end;
    }
  }

  /** Looks at bytes up to `stop`. Returns where the row ends, by a comma or a bracket that is not its own, or −1. */
  #scan(stop: number): number {
    const bytes = this.#bytes;
    let [at, depth, values, isText] = [this.#at, this.#depth, this.#values, this.#isText];
    let end = -1;
    while (at < stop) {
      const byte = bytes[at++]!;
      if (isText) {
        if (byte === quote) isText = false;
        else if (byte === backslash) at += 1;
        continue;
      }
      const role = roles[byte]!;
      if (role === 0) continue;
      if (role === 1) isText = true;
      else if (role === 2) {
        depth += 1;
        values += 1;
      } else if (depth <= 0) {
        end = at - 1;
        break;
      } else if (role === 3) depth -= 1;
      else values += 1;
      if (values > mostValues) throw this.#tooManyValues();
    }
    this.#at = at;
    this.#depth = depth;
    this.#values = values;
    this.#isText = isText;
    return end;
  }

  #tooManyValues(): Refusal {
    const row = this.#rows + this.#complete + 1;
    return new Refusal(413, 'ERR_TOO_LARGE', `row ${row} has more than ${mostValues} values`);
  }

  /** Only spaces may follow the array. */
  #checkRest(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1;
    if (this.#at < this.#bytes.length) throw notJson('something follows the array');
    this.#isAtEnd = true;
  }
}

const notJson = (message: string) => new Refusal(400, 'ERR_INVALID_ARGUMENT', `the body is not JSON: ${message}`);
