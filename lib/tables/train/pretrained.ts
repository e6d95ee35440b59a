import { addon } from '../../addon/index.js';
import { invalid } from '../../checks/shown.js';
import { together } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import { checkPath } from '../../formats/files.js';
import type { Network } from '../../training/network.js';
import { wordsOf } from '../conversions.js';
import { nativeTexts } from '../dictionary.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { columnOfWords, inputPlaces, type TextFound, type TextStep, textLength, wordsKnown } from '../pipeline/text.js';
import { wordsLayerOf } from '../pipeline/words_layer.js';
import { columnOf, ranksOf, type Table } from '../table.js';
import { WordCounts } from '../word_counts.js';
import { readVectors, WordVectors } from '../word_vectors.js';

/**
 * How many of a file's first words are part of a model whether the training rows have them or not, so that words of new rows have
 * vectors near those of known words.
 */
const mostOthers = 20_000;

export type VectorsOption = string | URL | WordVectors;

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless it is a path or what `readVectors` returned. */
export function checkVectors(name: string, given: unknown): VectorsOption {
  if (WordVectors.is(given)) return given;
  if (typeof given === 'string' || (given as URL)?.href !== undefined) return checkPath(name, given);
  throw invalid(name, 'the path of a file of vectors, or what readVectors() returned', given);
}

/** Vectors for the words of a table. */
export interface VectorsOfTable {
  readonly all: WordVectors;
  /** The number of different words in the texts of the table. */
  readonly words: number;
  /** How many of them have a vector. */
  readonly withVector: number;
}

/**
 * The vectors of the option `vectors` for the words that a network reads. If each rank has a part of the table, all ranks call this
 * together.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a linear model, if no column is read as texts, or no word has a vector; the errors of
 *   `readVectors`.
 */
export async function givenVectors(
  where: string,
  given: VectorsOption | undefined,
  table: Table,
  { pipelines, network: { hidden } }: { pipelines: { network: Pipeline }; network: { hidden: readonly number[] } },
): Promise<VectorsOfTable | undefined> {
  if (given === undefined) return undefined;
  if (hidden.length === 0)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${where}: vectors are for networks with hidden layers, not for a linear model`,
    );
  const { steps } = pipelines.network;
  const names = Object.keys(steps).filter((name) => steps[name]!.kind === 'text');
  if (names.length === 0)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${where}: vectors are of words, but no column of ${table.name} is read as texts; kinds can make it one`,
    );
  const features = new addon.TextFeatures(1, 1, 0, 0);
  const counts = new WordCounts();
  for (const name of names) {
    const { codes, words } = wordsOf(columnOf(table, name));
    counts.add(features, nativeTexts(words, codes));
  }
  const all = await together(ranksOf(table), counts.known.words);
  const words = new Set(all.flat());
  const vectors = WordVectors.is(given) ? given : await readVectors(given, { words, first: mostOthers });
  const withVector = [...words].filter((word) => vectors.has(word)).length;
  if (withVector > 0) return { all: vectors, words: words.size, withVector };
  const [example] = words;
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    `${vectors.name} has none of the ${words.size} words of the texts, such as ${JSON.stringify(example)}: are they of the same language?`,
  );
}

/**
 * Writes vectors to the rows of the layer that reads words: those of the most frequent word of each hashed column, moved to the mean 0,
 * scaled to the mean square 1, and divided by the length of the texts. What the layer passes on then has a mean square near 1, as the
 * layers after it expect. The other rows remain as they are.
 */
export function setVectors(model: Network, pipeline: FittedPipeline, vectors: WordVectors): void {
  const layer = wordsLayerOf(model.layers);
  if (!layer) return; // the training rows have no words
  const { tensor, width } = layer;
  const { data } = model.tensors.get(tensor)!;
  const list = rowsWithVector(pipeline, vectors);
  const means = new Float64Array(width);
  for (const { vector } of list) for (const [i, x] of vector.entries()) means[i]! += x / list.length;
  let squares = 0;
  for (const { vector } of list) for (const [i, x] of vector.entries()) squares += (x - means[i]!) ** 2;
  const scale = squares > 0 ? Math.sqrt((list.length * width) / squares) : 1;
  for (const { row, vector, length } of list)
    data.set(
      vector.map((x, i) => (scale * (x - means[i]!)) / length),
      row * width,
    );
}

/** The rows of the layer that reads words, each with the vector of the most frequent word of its column. */
function rowsWithVector({ steps, places }: FittedPipeline, vectors: WordVectors) {
  const found = new Map<number, { readonly vector: Float32Array; readonly length: number }>();
  for (const [i, { step, found: ofStep }] of steps.entries()) {
    if (step.kind !== 'text') continue;
    const columnOfWord = columnOfWords(step as TextStep);
    const placeOf = inputPlaces(step as TextStep, ofStep as TextFound);
    const seen = new Set<number>();
    for (const word of wordsKnown(ofStep as TextFound)) {
      const place = placeOf(columnOfWord(word));
      if (place === undefined || seen.has(place)) continue;
      seen.add(place);
      const vector = vectors.vector(word);
      if (vector) found.set(places[i]!.at + place, { vector, length: textLength(step as TextStep) });
    }
  }
  return Array.from(found, ([row, one]) => ({ row, ...one }));
}
