import { addon, type NativeTextFeatures } from '../../addon/index.js';
import { type Checks, integer, numberIn } from '../../checks/checked_options.js';
import { checkBoolean, orDefault } from '../../checks/options.js';
import { positive } from '../../checks/ranges.js';
import { hashOfText } from '../../data/murmur.js';
import { checkSubwords, type SubwordOptions } from '../../data/subwords.js';
import { wordsOf } from '../conversions.js';
import { nativeTexts } from '../dictionary.js';
import { tokensOf } from '../tokens.js';
import { WordCounts } from '../word_counts.js';
import type { WordVectors } from '../word_vectors.js';
import { defineStep, type Fitting, type Rows, type SparseEncoding, type Step, stepWith } from './step.js';

export interface TextOptions {
  /** Number of sparse columns that words are hashed to, up to 2²⁰. Default 2¹⁴. */
  readonly columns?: number | undefined;
  /**
   * The most columns that are kept: those of the most training rows, and of two at least. The others are left out, also of the
   * inputs, so that a model stays small although few words share one of the `columns`. Default: all are inputs.
   */
  readonly kept?: number | undefined;
  /** The length of the longest sequence of words that is a feature: 2 for single words and pairs. Default 2. */
  readonly ngrams?: number | undefined;
  /**
   * Subwords are features too: all runs of `from` to `to` characters of `<word>`, as in fastText (Bojanowski et al. 2017). Words
   * that were not in the training rows then share features with those that were. Default: no subwords.
   */
  readonly subwords?: SubwordOptions | undefined;
  /** Whether rare features weigh more: ln((1 + N)/(1 + n)) + 1 for n of N training rows. Default true. */
  readonly inverseFrequency?: boolean | undefined;
  /**
   * The length of the values of a row, as a vector. Rules such as Adam take steps of the same size whatever the gradient, so a
   * network learns more slowly from words the shorter the rows are. Default 1.
   */
  readonly length?: number | undefined;
}

export interface TextStep extends Step, TextOptions {
  readonly kind: 'text';
}

/** The training rows of each sparse column. Columns are ascending, each stored as the distance from the previous one. */
export interface TextFound {
  readonly rows: number;
  readonly distances: readonly number[];
  readonly counts: readonly number[];
  /**
   * Words of the columns that are inputs, separated by spaces: those of the training rows, the most frequent first, then those that
   * have a vector only. Files of earlier versions lack it.
   */
  readonly words?: string;
}

/**
 * A column of text: its words and sequences of words, hashed to sparse columns. Case is ignored. Every row is
 * scaled to the same length.
 *
 * @throws TypeError, RangeError for options that don't fit.
 */
export function text(options: TextOptions = {}): TextStep {
  return check('columns.text', options);
}

const checks = {
  columns: integer(1, 2 ** 20),
  kept: integer(1, 2 ** 20),
  ngrams: integer(1, 5),
  subwords: checkSubwords,
  inverseFrequency: checkBoolean,
  length: numberIn(positive),
} satisfies Checks<TextOptions>;

const check = (where: string, options: object): TextStep => stepWith('text', where, options, checks);

/** The fewest training rows of a column that is kept, and how often a word must occur to be listed. */
const fewestRows = 2;

/** The most words without vectors that are listed. */
const mostListed = 2 ** 15;

/** Number of columns that a step hashes to. */
export const textColumns = ({ columns }: TextStep): number => orDefault(columns, 1 << 14);

/** Length of the longest sequence of words that is a feature of a step. */
export const longestSequence = ({ ngrams }: TextStep): number => orDefault(ngrams, 2);

/** Length of the values of a row. */
export const textLength = ({ length }: TextStep): number => orDefault(length, 1);

/** Whether a text is a word as texts have them: {@link tokensOf} finds it alone. */
const isToken = (word: string): boolean => tokensOf(word)[0] === word;

/** The sparse column that a word is hashed to. */
export function columnOfWords(step: TextStep): (word: string) => number {
  const columns = textColumns(step);
  return (word) => Math.abs(hashOfText(word, 0)) % columns;
}

/** The place of each column among the inputs of a step. */
export function inputPlaces(step: TextStep, { distances }: TextFound): (column: number) => number | undefined {
  if (step.kept === undefined) return (column) => column;
  const places = new Map<number, number>();
  let column = 0;
  for (const [i, distance] of distances.entries()) {
    column += distance;
    places.set(column, i);
  }
  return (wanted) => places.get(wanted);
}

/** The words that a step knows by name. */
export const wordsKnown = ({ words = '' }: TextFound): readonly string[] => (words === '' ? [] : words.split(' '));

const featuresOf = (step: TextStep): NativeTextFeatures =>
  new addon.TextFeatures(textColumns(step), longestSequence(step), step.subwords?.from ?? 0, step.subwords?.to ?? 0);

interface TextKnown {
  readonly rows: number;
  readonly counts: Uint32Array;
  readonly words: WordCounts['known'];
}

class TextFitting implements Fitting {
  readonly #step: TextStep;
  readonly #vectors: WordVectors | undefined;
  readonly #features: NativeTextFeatures;
  readonly #words = new WordCounts();
  #counts: Uint32Array;
  #rows = 0;

  constructor(step: TextStep, vectors?: WordVectors) {
    this.#step = step;
    this.#vectors = vectors;
    this.#features = featuresOf(step);
    this.#counts = new Uint32Array(textColumns(step));
  }

  add({ columns: [column], rows }: Rows): void {
    const { codes, words } = wordsOf(column!);
    const texts = nativeTexts(words, codes);
    this.#features.count(this.#counts, ...texts);
    this.#words.add(this.#features, texts);
    this.#rows += rows;
  }

  known(): TextKnown {
    return { rows: this.#rows, counts: this.#counts, words: this.#words.known };
  }

  merge(all: readonly TextKnown[]): void {
    this.#rows = all.reduce((sum, { rows }) => sum + rows, 0);
    this.#counts = new Uint32Array(this.#counts.length);
    for (const { counts } of all) for (const [column, count] of counts.entries()) this.#counts[column]! += count;
    this.#words.merge(all.map(({ words }) => words));
  }

  found(): TextFound | undefined {
    const [distances, counts]: [number[], number[]] = [[], []];
    const { kept } = this.#step;
    const fewest = kept === undefined ? 1 : fewestOf(this.#counts, kept);
    const all = this.#words.byFrequency();
    const withVector = this.#withVector(all);
    const columnOf = columnOfWords(this.#step);
    const [columnsOfVectors, inputs] = [new Set(withVector.map(columnOf)), new Set<number>()];
    let last = 0;
    for (const [column, count] of this.#counts.entries())
      if (count >= fewest || columnsOfVectors.has(column)) {
        distances.push(column - last);
        counts.push(count);
        inputs.add(column);
        last = column;
      }
    if (this.#rows === 0 || !counts.some((count) => count > 0)) return undefined;
    const frequent = all.filter(({ count }) => count >= fewestRows).map(({ word }) => word);
    const listed = new Set([
      ...frequent.filter((word) => inputs.has(columnOf(word))).slice(0, mostListed),
      ...withVector,
    ]);
    return { rows: this.#rows, distances, counts, words: [...listed].join(' ') };
  }

  /** The words of training rows that have a vector, and other words that have one. */
  #withVector(all: readonly { readonly word: string }[]): string[] {
    const vectors = this.#vectors;
    if (!vectors) return [];
    const own = all.filter(({ word }) => vectors.has(word)).map(({ word }) => word);
    const others = vectors.frequent.filter((word) => isToken(word));
    return [...new Set([...own, ...others])];
  }
}

/** The fewest rows of a column, at least two, for which no more than some columns are kept. */
function fewestOf(counts: Uint32Array, kept: number): number {
  const sorted = counts.filter((count) => count >= fewestRows).sort();
  return sorted.length <= kept ? fewestRows : sorted[sorted.length - kept - 1]! + 1;
}

function encoding(step: TextStep, { rows: N, distances, counts }: TextFound): SparseEncoding {
  const isSelected = step.kept !== undefined;
  const columns = textColumns(step);
  const isWeighted = orDefault(step.inverseFrequency, true);
  const weightOf = (n: number) => (isWeighted ? Math.log((1 + N) / (1 + n)) + 1 : 1);
  const weights = new Float64Array(columns).fill(isSelected ? 0 : weightOf(0));
  const places = isSelected ? new Uint32Array(columns) : undefined; // of the columns that are kept
  let column = 0;
  for (const [i, distance] of distances.entries()) {
    column += distance;
    weights[column] = weightOf(counts[i]!);
    if (places) places[column] = i;
  }
  const features = featuresOf(step);
  return {
    block: 'words',
    width: isSelected ? counts.length : columns,
    entries({ columns: [given] }) {
      const { codes, words } = wordsOf(given!);
      const found = features.encode(weights, ...nativeTexts(words, codes));
      const length = textLength(step);
      if (length !== 1) for (let i = 0; i < found.values.length; ++i) found.values[i]! *= length;
      return (row, push) => {
        const end = found.offsets[row + 1]!;
        for (let entry = found.offsets[row]!; entry < end; ++entry) {
          const hashed = found.columns[entry]!;
          if (!places) push(hashed, found.values[entry]!);
          else if (weights[hashed] !== 0) push(places[hashed]!, found.values[entry]!);
        }
      };
    },
  };
}

defineStep<TextStep, TextFound>('text', {
  check,
  fitting: (step, _names, vectors) => new TextFitting(step, vectors),
  encoding,
});
