import { addon } from '../addon/index.js';
import { internal } from '../checks/internal.js';
import { isArray, isObject } from '../checks/kinds.js';
import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { Sparse } from './sparse.js';
import { checkSubwords, type SubwordOptions } from './subwords.js';
import { utf8List } from './utf8_list.js';

export interface TextHashingOptions {
  /** Number of columns, up to 2²⁴. Default 2²⁰. */
  columns?: number | undefined;
  /** The length of the longest sequence of words that is a feature: 2 for single words and pairs. Default 1. */
  ngrams?: number | undefined;
  /** Subwords are features too. Default: none. */
  subwords?: SubwordOptions | undefined;
}

/** Texts per transfer to the native side. */
const most = 4096;

/**
 * Makes sparse columns of texts: the words of each, their sequences and subwords, hashed. Words are runs of letters and numbers
 * in lower case. A value is how often features of its column occur, divided so that a row has the length 1. No vocabulary is kept,
 * so new words can occur at any time. A text without words is a row of zeros.
 *
 * A feature's column is |h| mod `columns`, for the MurmurHash3 h of its UTF-8 (x86, 32 bits, signed; the seed is 0, and 1 for
 * subwords), as `columns.text` of `glissade/tables` has it, which weighs rare features more.
 *
 * @param texts An array or another iterable of strings.
 * @example
 * const inputs = hashTexts(['A red house', 'the door is red'], { columns: 2 ** 18, ngrams: 2 });
 * const data = new Dataset({ inputs, targets: Uint8Array.of(0, 1) });
 * const model = linear({ inputs: data, outputs: 1 });
 * @throws TypeError `ERR_INVALID_ARGUMENT` for something else than strings; RangeError for options that don't fit, `ERR_SHAPE`
 *   for no texts.
 */
export function hashTexts(texts: Iterable<string>, options: TextHashingOptions = {}): Sparse {
  checkOptions('hashTexts', options, ['columns', 'ngrams', 'subwords']);
  const columns = checkInteger('columns', orDefault(options.columns, 2 ** 20), 1, 2 ** 24);
  const ngrams = checkInteger('ngrams', orDefault(options.ngrams, 1), 1, 5);
  const { from, to } =
    options.subwords === undefined ? { from: 0, to: 0 } : checkSubwords('subwords', options.subwords);
  const features = new addon.TextFeatures(columns, ngrams, from, to);
  const builder = new addon.SparseBuilder(columns);
  const codes = Uint32Array.from({ length: most }, (_, code) => code);
  let rows = 0;
  for (const list of listsOf(texts)) {
    const { bytes, offsets } = utf8List(list);
    features.append(builder, undefined, bytes, offsets, codes.subarray(0, list.length));
    rows += list.length;
  }
  if (rows === 0) throw errorWith('ERR_SHAPE', 'texts is empty: it has 0 elements');
  return new Sparse(internal, builder.build());
}

/** The texts in short lists. */
function* listsOf(texts: unknown): Generator<readonly string[]> {
  const isList = isArray(texts) || (isObject(texts) && !ArrayBuffer.isView(texts) && Symbol.iterator in texts);
  if (!isList) throw invalid('texts', 'an array of strings', texts);
  if (isArray(texts)) {
    for (let first = 0; first < texts.length; first += most) yield checked(texts.slice(first, first + most), first);
    return;
  }
  let list: unknown[] = [];
  let first = 0;
  for (const text of texts as Iterable<unknown>) {
    if (list.push(text) < most) continue;
    yield checked(list, first);
    first += most;
    list = [];
  }
  if (list.length > 0) yield checked(list, first);
}

function checked(list: readonly unknown[], first: number): readonly string[] {
  for (let i = 0; i < list.length; ++i)
    if (typeof list[i] !== 'string') throw invalid(`texts[${first + i}]`, 'a string', list[i]);
  return list as readonly string[];
}
