import { type Checks, integer } from '../../checks/checked_options.js';
import { checkBoolean, orDefault } from '../../checks/options.js';
import { hashOfText } from '../../data/murmur.js';
import { missingCode } from '../column.js';
import { wordsOf } from '../conversions.js';
import { defineStep, type Fitting, type Rows, type SparseEncoding, type Step, stepWith } from './step.js';

export interface TextOptions {
  /** Number of sparse columns that words are hashed to, up to 2²⁰. Default 2¹⁴. */
  readonly columns?: number | undefined;
  /** The length of the longest sequence of words that is a feature: 2 for single words and pairs. Default 2. */
  readonly ngrams?: number | undefined;
  /** Whether rare features weigh more: ln((1 + N)/(1 + n)) + 1 for n of N training rows. Default true. */
  readonly inverseFrequency?: boolean | undefined;
}

export interface TextStep extends Step, TextOptions {
  readonly kind: 'text';
}

/** The training rows of each sparse column. Columns are ascending, each stored as the distance from the previous one. */
export interface TextFound {
  readonly rows: number;
  readonly distances: readonly number[];
  readonly counts: readonly number[];
}

/**
 * A column of text: its words and sequences of words, hashed to sparse columns. Case is ignored. The values of a row have
 * the length 1.
 *
 * @throws TypeError, RangeError for options that don't fit.
 */
export function text(options: TextOptions = {}): TextStep {
  return check('columns.text', options);
}

const checks = {
  columns: integer(1, 2 ** 20),
  ngrams: integer(1, 5),
  inverseFrequency: checkBoolean,
} satisfies Checks<TextOptions>;

const check = (where: string, options: object): TextStep => stepWith('text', where, options, checks);

/** Number of columns that a step hashes to. */
export const textColumns = ({ columns }: TextStep): number => orDefault(columns, 1 << 14);

/** Length of the longest sequence of words that is a feature of a step. */
export const longestSequence = ({ ngrams }: TextStep): number => orDefault(ngrams, 2);

/** The words of a text, in lower case. */
export const tokensOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** How often each feature occurs in a text, by the column of the feature. */
function featuresOf(step: TextStep, text: string): Map<number, number> {
  const [columns, longest] = [textColumns(step), longestSequence(step)];
  const words = tokensOf(text);
  const counts = new Map<number, number>();
  for (let begin = 0; begin < words.length; ++begin) {
    let feature = '';
    for (let end = begin; end < Math.min(begin + longest, words.length); ++end) {
      feature = end === begin ? words[end]! : `${feature} ${words[end]}`;
      const column = Math.abs(hashOfText(feature, 0)) % columns;
      counts.set(column, (counts.get(column) ?? 0) + 1);
    }
  }
  return counts;
}

interface TextKnown {
  readonly rows: number;
  readonly counts: Uint32Array;
}

class TextFitting implements Fitting {
  readonly #step: TextStep;
  #counts: Uint32Array;
  #rows = 0;

  constructor(step: TextStep) {
    this.#step = step;
    this.#counts = new Uint32Array(textColumns(step));
  }

  add({ columns: [column], rows }: Rows): void {
    const { codes, words } = wordsOf(column!);
    for (const code of codes)
      if (code !== missingCode)
        for (const feature of featuresOf(this.#step, words.word(code)).keys()) this.#counts[feature]! += 1;
    this.#rows += rows;
  }

  known(): TextKnown {
    return { rows: this.#rows, counts: this.#counts };
  }

  merge(all: readonly TextKnown[]): void {
    this.#rows = all.reduce((sum, { rows }) => sum + rows, 0);
    this.#counts = new Uint32Array(this.#counts.length);
    for (const { counts } of all) for (const [column, count] of counts.entries()) this.#counts[column]! += count;
  }

  found(): TextFound | undefined {
    const [distances, counts]: [number[], number[]] = [[], []];
    let last = 0;
    for (const [column, count] of this.#counts.entries())
      if (count > 0) {
        distances.push(column - last);
        counts.push(count);
        last = column;
      }
    return counts.length === 0 ? undefined : { rows: this.#rows, distances, counts };
  }
}

function encoding(step: TextStep, { rows: N, distances, counts }: TextFound): SparseEncoding {
  const width = textColumns(step);
  const weights = new Float64Array(width).fill(Math.log(1 + N) + 1);
  let column = 0;
  for (const [i, distance] of distances.entries()) {
    column += distance;
    weights[column] = Math.log((1 + N) / (1 + counts[i]!)) + 1;
  }
  if (!orDefault(step.inverseFrequency, true)) weights.fill(1);
  return {
    block: 'words',
    width,
    entries({ columns: [given] }) {
      const { codes, words } = wordsOf(given!);
      return (row, push) => {
        const code = codes[row]!;
        if (code === missingCode) return;
        const features = featuresOf(step, words.word(code));
        let squares = 0;
        for (const [feature, count] of features) squares += (count * weights[feature]!) ** 2;
        for (const [feature, count] of features) push(feature, (count * weights[feature]!) / Math.sqrt(squares));
      };
    },
  };
}

defineStep<TextStep, TextFound>('text', { check, fitting: (step) => new TextFitting(step), encoding });
