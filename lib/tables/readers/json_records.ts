import { isUtf8 } from 'node:buffer';
import { errorWith } from '../../errors.js';
import { type ByteRange, bytesOfFile, checkUtf16, longestRecord, notUtf8 } from './file_bytes.js';

// A file is cut into objects here, which JSON.parse then parses. That is several times as fast as streaming parsers in
// JavaScript.

/** The text of an object in a file. */
export interface JsonRecord {
  readonly text: string;
  /** The line in which it begins. */
  readonly line: number;
  /** Whether it is an element of an array. */
  readonly isInArray: boolean;
}

const [quote, backslash, opened, closed, openedList, closedList, comma, newline] = Buffer.from('"\\{}[],\n');

/**
 * The objects of a JSON file, some at a time: the elements of an array, or objects one after the other. The contents of
 * objects are not checked.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names the line.
 */
export async function* recordsOfFile(path: string, range?: ByteRange): AsyncGenerator<JsonRecord[]> {
  const cutter = new Cutter(path, range?.lines ?? 0);
  let isFirst = range === undefined || range.from === 0;
  for await (const piece of bytesOfFile(path, range)) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (isFirst) checkUtf16(path, bytes);
    yield cutter.take(isFirst && bytes.indexOf(byteOrderMark) === 0 ? bytes.subarray(byteOrderMark.length) : bytes);
    isFirst = false;
  }
  cutter.end();
}

/** The deepest nesting of an object. `JSON.stringify` uses stack for each level. */
const mostDeep = 1000;

const byteOrderMark = Buffer.from('\uFEFF');

/** Cuts a text into objects. */
class Cutter {
  readonly #path: string;
  #line = 1;
  #list: 'none' | 'open' | 'closed' = 'none';
  #hasRecord = false;
  /** The number of open brackets in the record; 0 between records. */
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  /** The pieces of an incomplete record. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #startLine = 1;

  constructor(path: string, linesBefore: number) {
    this.#path = path;
    this.#line += linesBefore;
  }

  take(bytes: Buffer): JsonRecord[] {
    const records: JsonRecord[] = [];
    let start = 0;
    for (let at = 0; at < bytes.length; ++at) {
      const byte = bytes[at]!;
      if (byte === newline) this.#line += 1;
      if (this.#isString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === backslash) this.#isEscaped = true;
        else if (byte === quote) this.#isString = false;
      } else if (this.#depth === 0) {
        if (byte === opened) {
          this.#begin();
          start = at;
        } else this.#between(byte);
      } else if (byte === quote) this.#isString = true;
      else if (byte === opened || byte === openedList) {
        this.#depth += 1;
        if (this.#depth > mostDeep)
          throw this.#fault(this.#line, `an object has values nested more than ${mostDeep} deep`);
      } else if (byte === closed || byte === closedList) {
        this.#depth -= 1;
        if (this.#depth === 0) records.push(this.#end(bytes.subarray(start, at + 1)));
      }
    }
    if (this.#depth > 0) this.#keep(bytes.subarray(start));
    return records;
  }

  end(): void {
    if (this.#depth > 0) throw this.#fault(this.#startLine, 'the object that begins here never ends: it is cut off');
    if (this.#list === 'open') throw this.#fault(this.#line, 'the array never ends: it is cut off');
  }

  #begin(): void {
    if (this.#list === 'closed') throw this.#fault(this.#line, 'there is text after the end of the array');
    this.#depth = 1;
    this.#hasRecord = true;
    this.#startLine = this.#line;
  }

  #end(last: Buffer): JsonRecord {
    const text = this.#rest.length === 0 ? last : Buffer.concat([...this.#rest, last]);
    if (!isUtf8(text)) throw notUtf8(this.#path, this.#startLine);
    this.#rest = [];
    this.#restBytes = 0;
    return { text: text.toString('utf8'), line: this.#startLine, isInArray: this.#list === 'open' };
  }

  /** A byte between objects. */
  #between(byte: number): void {
    if (byte <= 0x20) return;
    if (byte === openedList && this.#list === 'none' && !this.#hasRecord) this.#list = 'open';
    else if (byte === closedList && this.#list === 'open') this.#list = 'closed';
    else if (byte !== comma || this.#list !== 'open' || !this.#hasRecord)
      throw this.#fault(
        this.#line,
        `Expected an object, or an array of objects, but received ${JSON.stringify(String.fromCharCode(byte))}`,
      );
  }

  #keep(piece: Buffer): void {
    this.#rest.push(Buffer.from(piece));
    this.#restBytes += piece.length;
    if (this.#restBytes > longestRecord)
      throw this.#fault(this.#startLine, `the object that begins here is longer than ${longestRecord / 2 ** 20} MB`);
  }

  #fault(line: number, what: string): Error {
    return errorWith('ERR_CORRUPT_FILE', `${this.#path}, line ${line}: ${what}`);
  }
}
