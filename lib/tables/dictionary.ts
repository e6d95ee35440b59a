import { addon } from '../addon/index.js';
import { allocated } from '../numbers/memory.js';
import { missingCode } from './column.js';

/** Rows of words as DuckDB keeps them. */
export interface WordRecords {
  /**
   * 16 bytes for each row: the word's length, then its bytes if it has at most 12. Those of longer words are an address,
   * which is never read.
   */
  records: Uint8Array;
  /** Bit i says whether row i has a word. Undefined: all rows have one. */
  present: BigUint64Array | undefined;
  rows: number;
  /** A hash of each row that has a longer word, of 53 bits. Without it, each such word is asked for. */
  hashes?: Float64Array | undefined;
  /** The word of a row that has a longer one. */
  wordAt(row: number): string;
}

/** Words that are decoded at a time. */
const decodedAtOnce = 65_536;

const encoder = new TextEncoder();
const noBytes = new Uint8Array(0);
const noWords = new Uint32Array(1);

/**
 * Words with the codes 0, 1, … in order of their first occurrence. Equal words have equal bytes in UTF-8; a lone surrogate
 * counts as U+FFFD. Words lie in native memory, and become strings when they are asked for.
 */
export class Dictionary {
  readonly #native = new addon.Dictionary();
  readonly #decoded: string[] = [];
  #longRows = new Uint32Array(0);
  /** Long words by their hashes. To ask for one costs a microsecond, so it is asked for once. */
  readonly #long = new Map<number, { code: number; length: number; prefix: number }>();

  /** Number of words. */
  get size(): number {
    return this.#native.size();
  }

  /** Bytes of native memory in use. */
  get bytes(): number {
    return this.#native.bytes();
  }

  /** The word of a code below {@link size}. */
  word(code: number): string {
    if (code >= this.#decoded.length) this.#decode();
    return this.#decoded[code]!;
  }

  /** All words, by their codes. */
  words(): readonly string[] {
    this.#decode();
    return this.#decoded;
  }

  /** The code of a word, which is added if it is new. */
  add(word: string): number {
    return this.#native.add(encoder.encode(word));
  }

  /** Writes the code of each word. Word i has the bytes from `offsets[i]` to `offsets[i + 1]`, in UTF-8. */
  encode(bytes: Uint8Array, offsets: Uint32Array, codes: Uint32Array): void {
    this.#native.encode(bytes, offsets, codes);
  }

  /** Writes the code of each row; {@link missingCode} for a row without a word. */
  encodeRecords({ records, present, rows, hashes, wordAt }: WordRecords, codes: Uint32Array): void {
    if (this.#longRows.length < rows) this.#longRows = new Uint32Array(rows);
    const count = this.#native.findLong(records, present, rows, this.#longRows);
    const longRows = this.#longRows.subarray(0, count);
    if (count === 0) {
      this.#native.encodeRecords(records, present, rows, noBytes, noWords, codes);
      return;
    }
    const heads = new Uint32Array(records.buffer, records.byteOffset, records.byteLength / 4);
    const hashOf = (row: number) => hashes?.[row] ?? Number.NaN; // NaN is no word's hash
    const known = longRows.map((row) => this.#knownLong(hashOf(row), heads[4 * row]!, heads[4 * row + 1]!));
    const unknown = longRows.filter((_, i) => known[i] === missingCode);
    const rest = without(present, rows, longRows, known);
    const { bytes, offsets } = listOf(Array.from(unknown, (row) => wordAt(row)));
    this.#native.encodeRecords(records, rest, rows, bytes, offsets, codes);
    for (let i = 0; i < count; ++i) if (known[i] !== missingCode) codes[longRows[i]!] = known[i]!;
    if (!hashes) return;
    for (const row of unknown)
      this.#long.set(hashes[row]!, { code: codes[row]!, length: heads[4 * row]!, prefix: heads[4 * row + 1]! });
  }

  /** The code of a long word that has been seen, by its hash, its length and its first four bytes. */
  #knownLong(hash: number, length: number, prefix: number): number {
    const word = this.#long.get(hash);
    return word?.length === length && word.prefix === prefix ? word.code : missingCode;
  }

  #decode(): void {
    const size = this.#native.size();
    while (this.#decoded.length < size) {
      const from = this.#decoded.length;
      const { bytes, offsets } = this.#native.words(from, Math.min(size, from + decodedAtOnce));
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i + 1 < offsets.length; ++i)
        this.#decoded.push(buffer.toString('utf8', offsets[i]!, offsets[i + 1]!));
    }
  }
}

/** Words as their bytes in UTF-8, one after another. */
function listOf(words: readonly string[]): { bytes: Uint8Array; offsets: Uint32Array } {
  const most = words.reduce((sum, word) => sum + 3 * word.length, 0); // a unit of UTF-16 takes up to three bytes
  const bytes = allocated(most, () => new Uint8Array(most));
  const offsets = new Uint32Array(words.length + 1);
  let at = 0;
  words.forEach((word, i) => {
    at += encoder.encodeInto(word, bytes.subarray(at)).written;
    offsets[i + 1] = at;
  });
  return { bytes, offsets };
}

/** A mask of the rows that are present, without those whose code is known. */
function without(
  present: BigUint64Array | undefined,
  rows: number,
  listed: Uint32Array,
  known: Uint32Array,
): BigUint64Array {
  const mask = present?.slice() ?? new BigUint64Array(Math.ceil(rows / 64)).fill(~0n);
  const bits = new Uint32Array(mask.buffer);
  for (let i = 0; i < listed.length; ++i)
    if (known[i] !== missingCode) bits[listed[i]! >>> 5]! &= ~(1 << (listed[i]! & 31));
  return mask;
}
