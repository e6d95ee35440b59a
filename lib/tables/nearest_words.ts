import { type Checks, checkedOptions, integer } from '../checks/checked_options.js';
import { checkOneOf } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import type { Network } from '../training/network.js';
import { checkColumnName } from './column.js';
import type { FittedPipeline } from './pipeline/fitted_pipeline.js';
import { kindOf, type SparseEncoding } from './pipeline/step.js';
import { type TextFound, type TextStep, wordsKnown } from './pipeline/text.js';
import { wordsLayerOf } from './pipeline/words_layer.js';
import { tokensOf } from './tokens.js';
import { WordList } from './words.js';

export interface NearestWordsOptions {
  /** The number of words. Default 10. */
  readonly count?: number | undefined;
  /** The column of texts. Default: the only one. */
  readonly column?: string | undefined;
}

/** A word whose vector is near that of another. */
export interface NearestWord {
  readonly word: string;
  /** The cosine of the angle between the vectors. */
  readonly similarity: number;
  /** Whether both words are hashed to one column. They then have one vector, which says nothing about their meaning. */
  readonly sharesColumn?: true;
}

const checks = { count: integer(1), column: checkColumnName } satisfies Checks<NearestWordsOptions>;

/** The words of a model whose vectors are nearest to that of a word. See `TableModel.nearestWords`. */
export function nearestWordsOf(
  { network, pipeline }: { readonly network: Network; readonly pipeline: FittedPipeline },
  given: string,
  options: NearestWordsOptions,
): NearestWord[] {
  const { count = 10, column } = checkedOptions('nearestWords', options, checks);
  const [word, ...others] = typeof given === 'string' ? tokensOf(given) : [];
  if (word === undefined || others.length > 0) throw invalid('word', 'one word of letters and numbers', given);
  const vectors = new VectorsOfWords(network, pipeline, column);
  const [own, ...all] = vectors.of([word, ...vectors.words.filter((one) => one !== word)]) as [
    WordVector,
    ...WordVector[],
  ];
  if (own.length === 0 || !(vectors.hasSubwords || vectors.words.includes(word)))
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `the model does not know the word ${quoted(word)} of ${quoted(vectors.column)}; it knows ${vectors.words.length} words, such as ${vectors.words.slice(0, 3).map(quoted).join(', ')}`,
    );
  return all
    .filter(({ length }) => length > 0)
    .map((other) => ({
      word: other.word,
      similarity: cosine(own, other),
      ...(other.only !== undefined && other.only === own.only && { sharesColumn: true as const }),
    }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, count);
}

interface WordVector {
  readonly word: string;
  readonly vector: Float64Array;
  /** The Euclidean norm of the vector. */
  readonly length: number;
  /** The hashed column of a word that has one feature. */
  readonly only: number | undefined;
}

const cosine = (a: WordVector, b: WordVector): number =>
  a.vector.reduce((sum, x, i) => sum + x * b.vector[i]!, 0) / (a.length * b.length);

/** The vectors by which a network reads the words of a column. */
class VectorsOfWords {
  readonly column: string;
  readonly hasSubwords: boolean;
  readonly words: readonly string[];
  readonly #encoding: SparseEncoding;
  readonly #at: number;
  readonly #rows: ArrayLike<number>;
  readonly #width: number;

  constructor({ layers, tensors }: Network, { steps, places }: FittedPipeline, column: string | undefined) {
    const names = steps.filter(({ step }) => step.kind === 'text').map(({ name }) => name);
    if (names.length === 0) throw errorWith('ERR_INVALID_ARGUMENT', 'nearestWords: the model reads no column of texts');
    if (column === undefined && names.length > 1)
      throw errorWith('ERR_INVALID_ARGUMENT', `nearestWords: column is needed, one of ${names.map(quoted).join(', ')}`);
    this.column = column === undefined ? names[0]! : checkOneOf('column', column, names);
    const layer = wordsLayerOf(layers);
    if (!layer)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'nearestWords: the model is linear, so its words have no vectors; a network has them',
      );
    const place = steps.findIndex(({ name }) => name === this.column);
    const { step, found } = steps[place]!;
    this.words = wordsKnown(found as TextFound);
    if (this.words.length === 0)
      throw errorWith('ERR_INVALID_ARGUMENT', "nearestWords: the model's file has no words; train the model again");
    this.hasSubwords = (step as TextStep).subwords !== undefined;
    this.#encoding = kindOf(step).encoding(step, found, [this.column]) as SparseEncoding;
    this.#at = places[place]!.at;
    this.#rows = tensors.get(layer.tensor)!.data;
    this.#width = layer.width;
  }

  of(words: readonly string[]): WordVector[] {
    const list = new WordList();
    const codes = Uint32Array.from(words, (word) => list.add(word));
    const entries = this.#encoding.entries({
      columns: [{ type: 'word', codes, words: list }],
      rows: words.length,
      numberOf: (row) => row + 1,
    });
    return words.map((word, i) => {
      const vector = new Float64Array(this.#width);
      const columns: number[] = [];
      entries(i, (column, value) => {
        columns.push(column);
        const begin = (this.#at + column) * this.#width;
        for (let j = 0; j < vector.length; ++j) vector[j]! += value * this.#rows[begin + j]!;
      });
      return { word, vector, length: Math.hypot(...vector), only: columns.length === 1 ? columns[0] : undefined };
    });
  }
}
