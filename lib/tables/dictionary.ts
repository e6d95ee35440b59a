import { addon, type NativeDictionary, type NativeTextFeatures, type NativeTexts } from '../addon/index.js';
import { utf8List } from '../data/utf8_list.js';
import { newArray } from '../errors.js';
import { missingCode } from './column.js';
import type { Words } from './words.js';

/** Rows of words in DuckDB's layout. */
export interface WordRecords {
  /**
   * 16 bytes for each row: the length of the word, then its bytes if there are at most 12. For longer words an address
   * follows, which is never read.
   */
  records: Uint8Array;
  /** Bit i says whether row i has a word. Undefined: all rows have one. */
  present: BigUint64Array | undefined;
  rows: number;
  /**
   * A hash of 53 bits for each row with a longer word. With hashes, each word is requested once: later ones are recognised by
   * hash, length and first four bytes.
   */
  hashes?: Float64Array | undefined;
  /** The word of a row that has a longer one. */
  wordAt(row: number): string;
}

/** The number of words that are decoded at a time. */
const decodedAtOnce = 65_536;

const encoder = new TextEncoder();

/** The native side of a dictionary; undefined for other words. @internal */
let nativeDictionary: (words: Words | Dictionary) => NativeDictionary | undefined;

/**
 * Words with the codes 0, 1, … in order of their first occurrence. Equal words have equal bytes in UTF-8; a lone surrogate
 * counts as U+FFFD. Words are in native memory, and become strings when they are requested.
 */
export class Dictionary {
  readonly #native: NativeDictionary = new addon.Dictionary();
  readonly #decoded: string[] = [];
  #longRows = new Uint32Array(0);

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
    if (this.#longRows.length < rows) this.#longRows = newArray(Uint32Array, rows);
    const count = this.#native.findLong(records, present, rows, hashes, this.#longRows);
    const { bytes, offsets } = utf8List(Array.from(this.#longRows.subarray(0, count), (row) => wordAt(row)));
    this.#native.encodeRecords(records, present, rows, hashes, bytes, offsets, codes);
  }

  /** Adds the words of texts. Returns how often each of these words occurs in the texts, by codes. */
  countWords(features: NativeTextFeatures, texts: NativeTexts): Uint32Array {
    return features.countWords(this.#native, ...texts);
  }

  static {
    nativeDictionary = (words) => (#native in words ? words.#native : undefined);
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

/** Rows of texts for the native side. Texts of a {@link Dictionary} don't become strings. */
export function nativeTexts(words: Words, codes: Uint32Array): NativeTexts {
  const dictionary = nativeDictionary(words);
  if (dictionary) return [dictionary, undefined, undefined, codes];
  const places = new Map<number, number>();
  const listed = codes.map((code) => {
    if (code === missingCode) return code;
    const place = places.get(code) ?? places.size;
    if (place === places.size) places.set(code, place);
    return place;
  });
  const { bytes, offsets } = utf8List(Array.from(places.keys(), (code) => words.word(code)));
  return [undefined, bytes, offsets, listed];
}
