import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid, quoted } from '../checks/shown.js';
import type { Sparse } from '../data/sparse.js';
import { mostColumns } from '../data/table.js';
import { allocated, errorWith } from '../errors.js';
import type { ByteStream } from '../formats/byte_stream.js';
import { decimalOf } from './decimal.js';
import { corrupt, readNumbers } from './number_file.js';
import { SparseChunks } from './sparse_chunks.js';

// Our own parser: npm has no well-kept package for the format.

export interface ReadLibsvmOptions {
  /** Number of columns. Default: enough for the largest index in the file. */
  columns?: number | undefined;
  /**
   * Whether the first column has the index 0 in the file. `'auto'`: if any index is 0. Default false, as in libsvm's own
   * files, where it is 1.
   */
  zeroBased?: boolean | 'auto' | undefined;
}

/** The contents of a libsvm file. */
export interface LibsvmData {
  /** A row for each line. */
  readonly inputs: Sparse;
  /** The label of each line as it is in the file; for classes, for example −1 and 1. */
  readonly targets: Float64Array;
}

/**
 * Reads a file in the format of libsvm and svmlight, also compressed by gzip: a line for each row, with its label and the
 * entries that are not 0.
 *
 *     -1 3:0.5 17:2   # a comment
 *     +1 qid:4 1:1
 *
 * The indices of a row may be in any order, and the values of repeated indices are added. `qid` is ignored. The file is read
 * in pieces, so its text need not fit into memory. A byte of gzip stands for up to 1032 bytes, and a row can take more memory
 * than its line has bytes: limit the size of compressed files that you don't trust.
 *
 * @example
 * const { inputs, targets } = await readLibsvm('news20.gz');
 * const data = new Dataset({ inputs, targets });
 *
 * @param from The path of a file, or its bytes.
 * @throws TypeError, RangeError for options that don't fit; GlissadeError `ERR_FILE` if the file system refuses,
 *   `ERR_CORRUPT_FILE` with line and column for an invalid line, or an index beyond `columns`;
 *   `ERR_NON_FINITE` for a label or value that is not finite in float32; RangeError `ERR_OUT_OF_RANGE` if there is no
 *   memory.
 * @see https://www.csie.ntu.edu.tw/~cjlin/libsvm
 */
export async function readLibsvm(
  from: string | URL | Uint8Array,
  options: ReadLibsvmOptions = {},
): Promise<LibsvmData> {
  checkOptions('readLibsvm', options, ['columns', 'zeroBased']);
  const columns = options.columns === undefined ? undefined : checkInteger('columns', options.columns, 1, mostColumns);
  const zeroBased = orDefault(options.zeroBased, false);
  if (zeroBased !== 'auto' && typeof zeroBased !== 'boolean')
    throw invalid('zeroBased', "a boolean or 'auto'", zeroBased);
  return readNumbers(from, 'a libsvm file', (stream) => parsed(stream, columns, zeroBased));
}

async function parsed(
  stream: ByteStream,
  columns: number | undefined,
  zeroBased: boolean | 'auto',
): Promise<LibsvmData> {
  const parser = new Parser(zeroBased === false ? 1 : 0);
  for (let piece = await stream.next(); piece; piece = await stream.next()) parser.take(piece);
  parser.end();
  return parser.result(columns, zeroBased === 'auto' ? undefined : zeroBased ? 0 : 1);
}

const [tab, newline, carriageReturn, space, hash, colon] = [9, 10, 13, 32, 35, 58];
const nothing = new Uint8Array();

/** The longest number or pair. Longer ones are refused. */
const longestWord = 1000;

/** Parses a file piece by piece. */
class Parser {
  readonly #least: 0 | 1;
  readonly #rows = new SparseChunks();
  #targets = new Float64Array(1024);
  #count = 0;
  /** The beginning of a word that continues in the next piece. */
  #rest: Uint8Array = nothing;
  #line = 1;
  /** Bytes of the file before the current piece, and before the current line. */
  #before = 0;
  #lineAt = 0;
  /** Words of the line so far. */
  #words = 0;
  #isComment = false;
  #smallest = Number.POSITIVE_INFINITY;
  #largest = { index: -1, place: '' };

  /** @param least The smallest index that is allowed. */
  constructor(least: 0 | 1) {
    this.#least = least;
  }

  take(piece: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    this.#rest = nothing;
    let at = 0;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (byte === newline) {
        this.#endLine();
        this.#line += 1;
        at += 1;
        this.#lineAt = this.#before + at;
      } else if (this.#isComment || byte === space || byte === tab || byte === carriageReturn) at += 1;
      else if (byte === hash) {
        this.#isComment = true;
        at += 1;
      } else {
        const end = endOfWord(bytes, at);
        if (end - at > longestWord) throw this.#fault(at, bytes, at, at + longestWord, 'is not a number');
        if (end === bytes.length) {
          this.#rest = bytes.slice(at);
          break;
        }
        this.#takeWord(bytes, at, end);
        at = end;
      }
    }
    this.#before += at;
  }

  end(): void {
    this.take(Uint8Array.of(newline));
  }

  /** @param first The index of the first column, or undefined to find it. */
  result(columns: number | undefined, first: 0 | 1 | undefined): LibsvmData {
    if (this.#count === 0) throw corrupt('it has no rows');
    const base = first ?? (this.#smallest === 0 ? 0 : 1);
    const width = Math.max(1, this.#largest.index + 1 - base);
    const most = orDefault(columns, mostColumns);
    if (width > most)
      throw corrupt(`${this.#largest.place}: the index ${this.#largest.index} is beyond ${most} columns`);
    return {
      inputs: this.#rows.build(columns ?? width, base),
      targets: this.#targets.slice(0, this.#count),
    };
  }

  #takeWord(bytes: Uint8Array, start: number, end: number): void {
    this.#words += 1;
    if (this.#words === 1) this.#takeLabel(bytes, start, end);
    else this.#takeEntry(bytes, start, end);
  }

  #takeLabel(bytes: Uint8Array, start: number, end: number): void {
    const label = decimalOf(bytes, start, end);
    if (label === undefined) {
      const hasMany = bytes.subarray(start, end).includes(','.charCodeAt(0));
      throw this.#fault(
        start,
        bytes,
        start,
        end,
        hasMany ? 'has several labels, but only one is supported' : 'is not a number',
      );
    }
    if (!Number.isFinite(label)) throw this.#nonFinite(start, 'the label', label);
    if (this.#count === this.#targets.length) {
      const larger = allocated(16 * this.#count, () => new Float64Array(2 * this.#count));
      larger.set(this.#targets);
      this.#targets = larger;
    }
    this.#targets[this.#count] = label;
    this.#count += 1;
  }

  #takeEntry(bytes: Uint8Array, start: number, end: number): void {
    let index = 0;
    let at = start;
    for (let digit = bytes[at]! - 48; digit >= 0 && digit <= 9; digit = bytes[++at]! - 48) index = 10 * index + digit;
    if (at === start || bytes[at] !== colon) {
      if (this.#words === 2 && isQuery(bytes, start, end)) return;
      throw this.#fault(start, bytes, start, end, 'is not index:value');
    }
    const value = decimalOf(bytes, at + 1, end);
    if (value === undefined) throw this.#fault(start, bytes, start, end, 'has a value that is not a number');
    if (index < this.#least)
      throw corrupt(`${this.#place(start)}: the index is 0, but indices begin at 1 unless zeroBased is set`);
    if (index > mostColumns) throw this.#fault(start, bytes, start, end, `has an index beyond ${mostColumns}`);
    if (!Number.isFinite(Math.fround(value))) throw this.#nonFinite(start, `the value of ${index}`, value);
    if (index < this.#smallest) this.#smallest = index;
    if (index > this.#largest.index) this.#largest = { index, place: this.#place(start) };
    this.#rows.push(index, value);
  }

  #endLine(): void {
    if (this.#words > 0) this.#rows.endRow();
    this.#words = 0;
    this.#isComment = false;
  }

  #place(at: number): string {
    return `line ${this.#line}, column ${this.#before + at - this.#lineAt + 1}`;
  }

  #fault(at: number, bytes: Uint8Array, start: number, end: number, what: string): Error {
    return corrupt(`${this.#place(at)}: ${quoted(Buffer.from(bytes.subarray(start, end)).toString())} ${what}`);
  }

  #nonFinite(at: number, what: string, value: number): Error {
    const place = this.#place(at);
    return errorWith(
      'ERR_NON_FINITE',
      Number.isFinite(value)
        ? `${place}: ${what}, ${value}, is beyond the largest float32`
        : `${place}: ${what} is ${value}`,
    );
  }
}

function endOfWord(bytes: Uint8Array, start: number): number {
  let end = start;
  for (; end < bytes.length; ++end) {
    const byte = bytes[end]!;
    if (byte === space || byte === newline || byte === tab || byte === carriageReturn || byte === hash) break;
  }
  return end;
}

/** Whether a word is `qid:` with a whole number. */
const isQuery = (bytes: Uint8Array, start: number, end: number): boolean =>
  /^qid:\d+$/.test(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
