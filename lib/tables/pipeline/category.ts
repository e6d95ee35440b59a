import { type Checks, integer, oneOf } from '../../checks/checked_options.js';
import { orDefault, refuse } from '../../checks/options.js';
import { quoted } from '../../checks/shown.js';
import { hashOfPair } from '../../data/murmur.js';
import { errorWith } from '../../errors.js';
import { missingCode } from '../column.js';
import { ReadWords, wordsOf } from '../conversions.js';
import { defineStep, type Encoding, type Fitting, type Rows, type Step, stepWith } from './step.js';

export interface CategoryOptions {
  /**
   * How a category is encoded. `'oneHot'`: an input for each. `'embedding'`: a learnt vector. `'hash'`: one of `columns`
   * sparse columns, without a dictionary. Default: `'oneHot'` up to 16 categories, else `'embedding'`.
   */
  readonly encode?: 'oneHot' | 'embedding' | 'hash' | undefined;
  /** Categories with fewer training rows count as unseen. Default 2. */
  readonly rare?: number | undefined;
  /** How to treat a category that no training row has: count it as unseen, or throw an error. Default `'unseen'`. */
  readonly unseen?: 'unseen' | 'error' | undefined;
  /** Number of columns for `'hash'`. Default 2¹². */
  readonly columns?: number | undefined;
}

export interface CategoryStep extends Step, CategoryOptions {
  readonly kind: 'category';
}

/** The categories that are told apart, the most frequent first. */
export interface CategoryFound {
  readonly words: readonly string[];
  /** The training rows of each category, then those of rare categories, then those without a value. */
  readonly counts: readonly number[];
}

/** The most categories that have an input each by default. */
const mostOneHot = 16;

/**
 * A column of categories: words, or numbers that stand for categories. Missing values are a separate category.
 *
 * @throws TypeError, RangeError for options that don't fit.
 */
export function category(options: CategoryOptions = {}): CategoryStep {
  return check('columns.category', options);
}

const checks = {
  encode: oneOf('oneHot', 'embedding', 'hash'),
  rare: integer(1),
  unseen: oneOf('unseen', 'error'),
  columns: integer(1, 2 ** 30),
} satisfies Checks<CategoryOptions>;

function check(where: string, options: object): CategoryStep {
  const step = stepWith('category', where, options, checks);
  refuse([[step.columns !== undefined && step.encode !== 'hash', `${where}: columns is for encode: 'hash'`]]);
  return step;
}

interface CategoryKnown {
  readonly counts: ReadonlyMap<string, number>;
  readonly missing: number;
}

class CategoryFitting implements Fitting {
  readonly #rare: number;
  #counts = new Map<string, number>();
  #missing = 0;

  constructor({ rare }: CategoryStep) {
    this.#rare = orDefault(rare, 2);
  }

  add({ columns: [column] }: Rows): void {
    const { codes, words } = wordsOf(column!);
    const counts = new Float64Array(words.size);
    for (const code of codes)
      if (code === missingCode) this.#missing += 1;
      else counts[code]! += 1;
    for (const [code, count] of counts.entries()) if (count > 0) this.#add(words.word(code), count);
  }

  #add(word: string, count: number): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + count);
  }

  known(): CategoryKnown {
    return { counts: this.#counts, missing: this.#missing };
  }

  merge(all: readonly CategoryKnown[]): void {
    this.#missing = all.reduce((sum, { missing }) => sum + missing, 0);
    this.#counts = new Map();
    for (const { counts } of all) for (const [word, count] of counts) this.#add(word, count);
  }

  found(): CategoryFound | undefined {
    const all = [...this.#counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    const kept = all.filter(([, count]) => count >= this.#rare);
    const rare = all.slice(kept.length).reduce((sum, [, count]) => sum + count, 0);
    const kinds = kept.length + (rare > 0 ? 1 : 0) + (this.#missing > 0 ? 1 : 0);
    if (kinds < 2) return undefined;
    return { words: kept.map(([word]) => word), counts: [...kept.map(([, count]) => count), rare, this.#missing] };
  }
}

/** The encoding of the categories of a step. */
export const encodeOf = (
  { encode }: CategoryStep,
  { words }: Pick<CategoryFound, 'words'>,
): CategoryOptions['encode'] & {} => encode ?? (words.length <= mostOneHot ? 'oneHot' : 'embedding');

function encoding(step: CategoryStep, { words: known }: CategoryFound, [name]: readonly string[]): Encoding {
  if (!Array.isArray(known)) throw errorWith('ERR_CORRUPT_FILE', `the words of column ${quoted(name!)} are not a list`);
  const { unseen = 'unseen', columns = 1 << 12 } = step;
  const encode = encodeOf(step, { words: known });
  const places = new Map(known.map((word, place) => [word, place]));
  const [unseenPlace, missingPlace] = [known.length, known.length + 1];
  const read = new ReadWords((word) => places.get(word) ?? unseenPlace);
  /** Calls `visit` with the code of each row. */
  const placesOf = ({ columns: [column], rows, numberOf }: Rows, visit: (row: number, place: number) => void) => {
    const { codes, words } = wordsOf(column!);
    const table = read.of(words);
    for (let row = 0; row < rows; ++row) {
      const code = codes[row]!;
      const place = code === missingCode ? missingPlace : table[code]!;
      if (place === unseenPlace && unseen === 'error')
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `row ${numberOf(row)}, column ${quoted(name!)}: no training row has ${quoted(words.word(code))}`,
        );
      visit(row, place);
    }
  };
  if (encode === 'oneHot')
    return {
      block: 'numbers',
      width: known.length + 2,
      write: (rows, out, at, stride) => placesOf(rows, (row, place) => (out[at + row * stride + place] = 1)),
    };
  if (encode === 'embedding')
    return {
      block: 'codes',
      cardinality: known.length + 2,
      write: (rows, out, at, stride) => placesOf(rows, (row, place) => (out[at + row * stride] = place)),
    };
  const hashed = new ReadWords((word) => Math.abs(hashOfPair(name!, word, 0)) % columns);
  return {
    block: 'words',
    width: columns,
    entries({ columns: [column] }) {
      const { codes, words } = wordsOf(column!);
      const table = hashed.of(words);
      return (row, push) => {
        const code = codes[row]!;
        if (code !== missingCode) push(table[code]!, 1);
      };
    },
  };
}

defineStep<CategoryStep, CategoryFound>('category', { check, fitting: (step) => new CategoryFitting(step), encoding });
