import { crc32 } from 'node:zlib';
import { type Checks, checkedOptions, integer } from '../checks/checked_options.js';
import { checkInternal, internal } from '../checks/internal.js';
import { isObject } from '../checks/kinds.js';
import { invalid, quoted } from '../checks/shown.js';
import { bytesOf } from '../checks/typed_arrays.js';
import { errorWith, newArray } from '../errors.js';
import { checkPath } from '../formats/files.js';
import { bytesOfFile, longestRecord, tooLong } from './readers/file_bytes.js';

export interface ReadVectorsOptions {
  /**
   * The words whose vectors are kept in memory. One that the file lacks gets the vector of the first word that equals it in lower
   * case. Default: all words of the file.
   */
  readonly words?: Iterable<string> | undefined;
  /** With `words`: how many of the first words of the file, which are the most frequent ones, are kept as well. Default 0. */
  readonly first?: number | undefined;
}

interface Kept {
  /** The place of each word's vector among the values. */
  readonly places: ReadonlyMap<string, number>;
  readonly frequent: readonly string[];
  readonly values: Float32Array;
}

/** Vectors of words, as {@link readVectors} reads them. */
export class WordVectors {
  /** The name of the file. */
  readonly name: string;
  /** The numbers of a vector. */
  readonly width: number;
  /** The words that have a vector, in the order of the file. */
  readonly words: readonly string[];
  /** The words that are kept whatever the training rows are: the first of the file, or all. @internal */
  readonly frequent: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #values: Float32Array;

  /** @internal */
  constructor(key: typeof internal, name: string, width: number, { places, frequent, values }: Kept) {
    checkInternal(key, 'WordVectors: use readVectors()');
    this.name = name;
    this.width = width;
    this.words = Object.freeze([...places.keys()]);
    this.frequent = frequent;
    this.#places = places;
    this.#values = values;
  }

  has(word: string): boolean {
    return this.#places.has(word);
  }

  /** The vector of a word, in the memory of all; undefined for a word without one. */
  vector(word: string): Float32Array | undefined {
    const place = this.#places.get(word);
    return place === undefined ? undefined : this.#values.subarray(place * this.width, (place + 1) * this.width);
  }

  /** A number that other words or other values don't have, as a rule. @internal */
  get checksum(): number {
    return crc32(bytesOf(this.#values), crc32(this.words.join(' ')));
  }

  /** Whether a value is what {@link readVectors} returned. */
  static is(value: unknown): value is WordVectors {
    return value !== null && typeof value === 'object' && #places in value;
  }
}

const checks = {
  words: (name, words) => {
    if (isObject(words) && typeof (words as Iterable<string>)[Symbol.iterator] === 'function') return words;
    throw invalid(name, 'an array or another iterable of words', words);
  },
  first: integer(0),
} satisfies Checks<ReadVectorsOptions>;

/**
 * Reads vectors of words from a text file as fastText (`.vec`) and GloVe write it: in each line a word and its numbers, separated by
 * spaces. A first line with the numbers of rows and columns is optional. Files may be compressed by gzip or zstd. The file is
 * read piece by piece, and only the vectors of the requested words are kept.
 *
 * @example
 * const vectors = await readVectors('glove.6B.50d.txt', { words: ['great', 'awful'] });
 * vectors.vector('great'); // Float32Array(50)
 * @throws GlissadeError `ERR_FILE`; `ERR_CORRUPT_FILE` that names the line with another number of values, or with one that is not a
 *   number; TypeError, RangeError for options that don't fit.
 * @see Pennington, Socher & Manning 2014 (GloVe), https://nlp.stanford.edu/projects/glove/; https://fasttext.cc/docs/en/crawl-vectors.html
 */
export async function readVectors(file: string | URL, options: ReadVectorsOptions = {}): Promise<WordVectors> {
  const path = checkPath('file', file);
  const { words, first } = checkedOptions('readVectors', options, checks);
  if (words === undefined && first !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      'readVectors: first needs words; without them, all words of the file are read',
    );
  const wanted = words && new Set(words);
  if (wanted)
    for (const [i, word] of [...wanted].entries())
      if (typeof word !== 'string') throw invalid(`words[${i}]`, 'a string', word);
  const reading = new Reading(path, wanted, first ?? 0);
  let rest = Buffer.alloc(0);
  for await (const piece of bytesOfFile(path)) {
    const end = piece.lastIndexOf(0x0a) + 1;
    if (end > 0) {
      reading.lines(Buffer.concat([rest, piece.subarray(0, end)]));
      rest = Buffer.from(piece.subarray(end));
    } else rest = Buffer.concat([rest, piece]);
    if (rest.length > longestRecord) throw tooLong(path, reading.line + 1);
  }
  if (rest.length > 0) reading.lines(rest);
  return reading.vectors();
}

const [space, tab, newline, carriageReturn] = [0x20, 0x09, 0x0a, 0x0d];

/** The lines of a file of vectors, read one after the other. */
class Reading {
  /** The number of lines so far. */
  line = 0;
  readonly #path: string;
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #first: number;
  readonly #places = new Map<string, number>();
  /** Words whose vector is that of a word which equals them in lower case only. */
  readonly #inexact = new Set<string>();
  readonly #frequent: string[] = [];
  #width = 0;
  #rows = 0;
  #values = new Float32Array(0);

  constructor(path: string, wanted: ReadonlySet<string> | undefined, first: number) {
    this.#path = path;
    this.#wanted = wanted;
    this.#first = first;
  }

  /** Whole lines; the last one may lack its end. */
  lines(bytes: Buffer): void {
    for (let begin = 0; begin < bytes.length; ) {
      const found = bytes.indexOf(newline, begin);
      const next = found < 0 ? bytes.length : found + 1;
      this.line += 1;
      this.#read(bytes, begin, next);
      begin = next;
    }
  }

  vectors(): WordVectors {
    if (this.#rows === 0) throw errorWith('ERR_CORRUPT_FILE', `${this.#path} has no vectors of words`);
    const values = this.#values.slice(0, this.#places.size * this.#width);
    const frequent = this.#wanted ? this.#frequent : [...this.#places.keys()];
    return new WordVectors(internal, this.#path, this.#width, { places: this.#places, frequent, values });
  }

  #read(bytes: Buffer, begin: number, next: number): void {
    let end = next;
    while (end > begin && isBlank(bytes[end - 1]!)) --end;
    if (end === begin) return;
    const separators = separatorsIn(bytes, begin, end);
    if (this.line === 1 && this.#isHeader(bytes, begin, end, separators)) return;
    if (this.#width === 0) this.#width = this.#widthOf(bytes.subarray(begin, end), separators);
    const width = this.#width;
    const wordEnd =
      separators === width ? firstSeparator(bytes, begin, end) : this.#longWord(bytes, begin, end, separators);
    this.#rows += 1;
    const word = this.#keyOf(bytes.toString('utf8', begin, wordEnd));
    if (word !== undefined) this.#keep(word, bytes.toString('latin1', wordEnd + 1, end));
  }

  /** A first line such as `400000 300`: the numbers of rows and columns. */
  #isHeader(bytes: Buffer, begin: number, end: number, separators: number): boolean {
    if (separators !== 1) return false;
    const [, , width] = /^(\d+)[ \t]+(\d+)$/.exec(bytes.toString('latin1', begin, end)) ?? [];
    if (width === undefined || Number(width) === 0) return false;
    this.#width = Number(width);
    return true;
  }

  /** The number of values in the first line, in which a word may contain spaces. */
  #widthOf(line: Buffer, separators: number): number {
    if (separators === 0 || line.includes(0))
      throw this.#refusal(
        'it is not a word and its values; text files of fastText (.vec) and GloVe are read, but no binary ones',
      );
    return separators;
  }

  /** The end of a word with spaces, which GloVe's larger files have, such as `. . .`. */
  #longWord(bytes: Buffer, begin: number, end: number, separators: number): number {
    const excess = separators - this.#width;
    const fields = bytes.toString('latin1', begin, end).split(/[ \t]+/);
    if (excess < 0 || fields.slice(1, 1 + excess).every(isNumber))
      throw this.#refusal(`it has ${separators} values, but by the first line it should have ${this.#width}`);
    let at = begin;
    for (let left = 1 + excess; left > 0; --left) {
      while (isBlank(bytes[at]!)) ++at;
      at = firstSeparator(bytes, at, end);
    }
    return at;
  }

  /** The word under which a vector is kept; undefined if it is not. */
  #keyOf(word: string): string | undefined {
    const wanted = this.#wanted;
    const isNew = !this.#places.has(word) || this.#inexact.delete(word);
    const isFrequent = isNew && this.#rows <= this.#first;
    if (isFrequent) this.#frequent.push(word);
    if (!wanted || wanted.has(word) || isFrequent) return isNew ? word : undefined;
    const lower = word.toLowerCase();
    if (!wanted.has(lower) || this.#places.has(lower)) return undefined;
    this.#inexact.add(lower);
    return lower;
  }

  #keep(word: string, text: string): void {
    const numbers = text
      .trim()
      .split(/[ \t]+/)
      .map(Number);
    const bad = numbers.findIndex((x) => !Number.isFinite(Math.fround(x)));
    if (bad >= 0 || numbers.length !== this.#width)
      throw this.#refusal(`value ${bad + 1} of ${quoted(word)} is not a finite number`);
    const place = this.#places.get(word) ?? this.#places.size;
    this.#places.set(word, place);
    const end = (place + 1) * this.#width;
    if (end > this.#values.length) {
      const larger = newArray(Float32Array, Math.max(2 * this.#values.length, 256 * this.#width));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set(numbers, end - this.#width);
  }

  #refusal(text: string): Error {
    return errorWith('ERR_CORRUPT_FILE', `${this.#path}, line ${this.line}: ${text}`);
  }
}

const isBlank = (byte: number): boolean =>
  byte === space || byte === tab || byte === newline || byte === carriageReturn;

const isNumber = (text: string): boolean => Number.isFinite(Number(text));

/** The number of runs of spaces and tabs. */
function separatorsIn(bytes: Buffer, begin: number, end: number): number {
  let count = 0;
  for (let i = begin + 1; i < end; ++i)
    if ((bytes[i] === space || bytes[i] === tab) && bytes[i - 1] !== space && bytes[i - 1] !== tab) ++count;
  return count;
}

function firstSeparator(bytes: Buffer, begin: number, end: number): number {
  let at = begin;
  while (at < end && bytes[at] !== space && bytes[at] !== tab) ++at;
  return at;
}
