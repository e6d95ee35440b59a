export interface NativeSparseTable {
  rows(): number;
  columns(): number;
  entries(): number;
  row(i: number): { indices: Uint32Array; values: Float32Array };
}

export interface NativeSparseBuilder {
  /** Appends the first `rows` rows. `offsets` may be longer than `rows` + 1. Without values, all are 1. */
  append(
    offsets: Float64Array,
    rows: number,
    indices: Uint32Array,
    values: Float32Array | Float64Array | undefined,
  ): void;
  build(): NativeSparseTable;
}

/** A block of a dataset builder; `name` is for messages. */
export type NativeBuilderBlock = { name: string } & (
  | { kind: 'dense'; columns: number; scale: number }
  | { kind: 'categorical'; cardinalities: Uint32Array }
  | { kind: 'sparse'; columns: number }
);

/** Collects rows of a dataset. */
export interface NativeDatasetBuilder {
  /** Adds rows, or none if it throws. Messages count them from `firstRow`. */
  append(
    given: {
      blocks: readonly (ArrayBufferView | NativeSparseTable)[];
      targets: ArrayBufferView | undefined;
      weights: Float64Array | undefined;
    },
    rows: number,
    firstRow: number,
  ): void;
  /** Bytes of memory in use. */
  bytes(): number;
  build(): NativeDataset;
}

/**
 * Assigns codes 0, 1, … to words, in the order in which they first occur. A column of words is UTF-8 bytes with offsets, or
 * records of 16 bytes per row: the length, then up to 12 bytes of the word. Bit i of `present` says whether row i has a
 * word; undefined means that all have.
 */
export interface NativeDictionary {
  add(word: Uint8Array): number;
  encode(bytes: Uint8Array, offsets: Uint32Array, codes: Uint32Array): void;
  /**
   * Fills `found` with the rows whose words are longer than 12 bytes; with hashes, with the first row of each word that is
   * not known. Returns how many they are.
   */
  findLong(
    records: Uint8Array,
    present: BigUint64Array | undefined,
    rows: number,
    hashes: Float64Array | undefined,
    found: Uint32Array,
  ): number;
  /** Writes the code of each row, 2^32 − 1 where it has no word. The long words are those of {@link findLong}. */
  encodeRecords(
    records: Uint8Array,
    present: BigUint64Array | undefined,
    rows: number,
    hashes: Float64Array | undefined,
    longBytes: Uint8Array,
    longOffsets: Uint32Array,
    codes: Uint32Array,
  ): void;
  size(): number;
  /** Bytes of memory in use. */
  bytes(): number;
  /** The words of the codes from `from` to before `to`. */
  words(from: number, to: number): { bytes: Uint8Array; offsets: Uint32Array };
}

/** Rows of texts: a dictionary, or the bytes of a list in UTF-8 with offsets; then the code of each row, 2^32 − 1 for none. */
export type NativeTexts = readonly [
  dictionary: NativeDictionary | undefined,
  bytes: Uint8Array | undefined,
  offsets: Uint32Array | undefined,
  codes: Uint32Array,
];

/** Features of texts, hashed to columns: words, sequences of up to `longest` words, and subwords. */
export interface NativeTextFeatures {
  /** Adds 1 to the count of each column that a row has. */
  count(counts: Uint32Array, ...texts: NativeTexts): void;
  /** Adds the words of the texts to `words`. Returns how often each word of `words` occurs in the texts, by codes. */
  countWords(words: NativeDictionary, ...texts: NativeTexts): Uint32Array;
  /** The entries of each row. Their values, count × weight, have the length 1. Without weights, all are 1. */
  encode(
    weights: Float64Array | undefined,
    ...texts: NativeTexts
  ): { offsets: Float64Array; columns: Uint32Array; values: Float64Array };
  /** Adds the entries of each row, without weights, to a builder of sparse rows. */
  append(builder: NativeSparseBuilder, ...texts: NativeTexts): void;
}

/** An input block of a dataset; `name` is for messages. */
export type NativeBlock = { name: string } & (
  | { kind: 'dense'; values: ArrayBufferView; columns: number; scale: number; inPlace: boolean }
  | { kind: 'categorical'; codes: Uint32Array; cardinalities: Uint32Array }
  | { kind: 'sparse'; table: NativeSparseTable }
);

/** An array of a dataset's part in its file. */
export type NativeFileArray = 'numbers' | 'codes' | 'offsets' | 'indices' | 'values' | 'rests';

/** The contents of a part of a dataset: an input block, the targets or the weights. */
interface NativePartContents {
  name: string;
  kind: 'dense' | 'categorical' | 'sparse';
  columns: number;
  type?: string;
  scale?: number;
  largest: number;
}

/** A part of a dataset. */
export interface NativePart extends NativePartContents {
  cardinalities?: Uint32Array;
  hasValues?: boolean;
  hasRests?: boolean;
}

/** Where an array lies in a file. */
export interface NativeSection {
  offset: number;
  bytes: number;
}

/** A part in a file. `numbers` are its numbers, codes or offsets. */
export interface NativeMappedPart extends NativePartContents {
  cardinalities: Uint32Array | undefined;
  longest?: number;
  entries?: number;
  numbers: NativeSection;
  indices: NativeSection | undefined;
  values: NativeSection | undefined;
  rests: NativeSection | undefined;
}

export interface NativeDataset {
  select(rows: Uint32Array): NativeDataset;
  /** The same rows as the shard of a rank. `sizes` are the rows of all shards. */
  shard(sizes: readonly number[], rank: number): NativeDataset;
  rows(): number;
  /** A checksum of the contents. */
  fingerprint(): number;
  /** Draws `count` rows so that classes keep their proportions. */
  holdOut(count: number, seed: number): Uint32Array;
  /** Its parts: input blocks, targets, weights. */
  describe(): NativePart[];
  /** Bytes of an array of a part for rows from `from` to before `to`. Offsets are ends of rows after other entries. */
  fileRows(part: number, array: NativeFileArray, from: number, to: number, entriesBefore: number): Uint8Array;
  /** Checks rows of a mapped dataset. @throws GlissadeError `ERR_CORRUPT_FILE` */
  check(from: number, to: number): void;
  /** Whether it is mapped and too large for a window of rows. */
  isReadByBlocks(): boolean;
  dispose(): void;
}
