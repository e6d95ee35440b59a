import { internal } from '../checks/internal.js';
import { isArray, isObject, isPlainObject } from '../checks/kinds.js';
import { checkArray, isLength } from '../checks/lists.js';
import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { hashOfHashes, hashOfPair, hashOfText } from './murmur.js';
import { RowCollector } from './row_collector.js';
import { Sparse } from './sparse.js';
import { mostColumns } from './table.js';

/**
 * A number is the value of the feature `name`. A string makes the feature `name=value`, of value 1. `true` is 1,
 * `false` is 0.
 */
export type FeatureValue = number | string | boolean;

/** A feature; a name alone has the value 1. */
export type Feature = string | readonly [name: string, value: FeatureValue];

export type Features = readonly Feature[] | { readonly [name: string]: FeatureValue };

/** An example: features, or an object of features and of namespaces with features. */
export type HashableExample = readonly Feature[] | { readonly [name: string]: FeatureValue | Features };

export interface HashingOptions {
  /** Number of columns, up to 2³¹ − 1. Powers of two are fastest. Default 2²⁰. */
  columns?: number | undefined;
  /** Seed of the hash, from 0 to 2³² − 1. With another seed, other features collide. Default 0. */
  seed?: number | undefined;
  /** Whether the values of half of the features are negated, so that collisions cancel on average. Default true. */
  signed?: boolean | undefined;
  /**
   * Pairs of keys (namespaces or features) to cross: each pair of a feature of the one and a feature of the other makes
   * another feature, whose value is their product. A key paired with itself crosses each pair of its features. Default
   * none.
   */
  crosses?: readonly (readonly [string, string])[] | undefined;
}

/** The features of a key, for crosses. */
interface Group {
  hashes: number[];
  values: number[];
}

/**
 * Turns features into sparse columns, one example at a time; {@link hashFeatures} takes all at once.
 *
 * @example
 * const hasher = new FeatureHasher({ columns: 2 ** 18 });
 * for await (const { features, clicked } of log) { // online: one example at a time
 *   const x = hasher.add(features).build(); // one row; the hasher is then empty
 * }
 */
export class FeatureHasher {
  readonly columns: number;
  readonly #collector: RowCollector;
  readonly #seed: number;
  readonly #signed: boolean;
  readonly #mask: number;
  readonly #crosses: readonly (readonly [Group, Group])[];
  readonly #groups = new Map<string, Group>();
  #group: Group | undefined;

  /** @throws TypeError, RangeError for options that don't fit. */
  constructor(options: HashingOptions = {}) {
    checkOptions('FeatureHasher', options, ['columns', 'seed', 'signed', 'crosses']);
    this.columns = checkInteger('columns', orDefault(options.columns, 2 ** 20), 1, mostColumns);
    this.#seed = checkInteger('seed', orDefault(options.seed, 0), 0, 2 ** 32 - 1) | 0;
    this.#signed = checkBoolean('signed', orDefault(options.signed, true));
    this.#mask = (this.columns & (this.columns - 1)) === 0 ? this.columns - 1 : -1;
    this.#crosses = checkArray('crosses', orDefault(options.crosses, []), 'an array', (cross, i) => {
      const [first, second, ...more] = isArray(cross) ? checkArray(`crosses[${i}]`, cross) : [];
      if (typeof first !== 'string' || typeof second !== 'string' || more.length > 0)
        throw invalid(`crosses[${i}]`, 'an array of two keys', cross);
      return [this.#groupOf(first), this.#groupOf(second)] as const;
    });
    this.#collector = new RowCollector(this.columns);
  }

  /** Number of examples since the last `build`. */
  get rows(): number {
    return this.#collector.rows;
  }

  /**
   * Adds an example. Nothing is added if it throws.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` for something that is not a feature; GlissadeError `ERR_NON_FINITE` for a
   *   value that is not finite in float32, with its feature and row.
   */
  add(example: HashableExample): this {
    try {
      if (isArray(example)) this.#addAll(example as readonly Feature[], this.#seed);
      else if (isPlainObject(example)) this.#addKeys(example as Exclude<HashableExample, readonly Feature[]>);
      else throw invalid(`row ${this.rows}`, 'an array of features or a plain object', example);
      for (const [first, second] of this.#crosses) this.#cross(first, second);
    } catch (error) {
      this.#collector.dropRow();
      throw error;
    } finally {
      for (const group of this.#groups.values()) group.hashes.length = group.values.length = 0;
      this.#group = undefined;
    }
    this.#collector.endRow();
    return this;
  }

  /**
   * Returns the rows so far, and empties the hasher.
   *
   * @throws RangeError `ERR_SHAPE` if there are none.
   */
  build(): Sparse {
    return new Sparse(internal, this.#collector.build());
  }

  #groupOf(key: string): Group {
    const group = this.#groups.get(key) ?? { hashes: [], values: [] };
    this.#groups.set(key, group);
    return group;
  }

  #addKeys(example: { readonly [key: string]: FeatureValue | Features }): void {
    const crosses = this.#groups.size > 0;
    for (const key of Object.keys(example)) {
      const found = example[key]!;
      if (crosses) this.#group = this.#groups.get(key);
      if (!isObject(found)) this.#addPair(key, found, this.#seed);
      else this.#addAll(found, hashOfText(key, this.#seed));
    }
  }

  #addAll(features: Features, seed: number): void {
    if (isArray(features)) {
      const length: unknown = features.length;
      if (!isLength(length)) throw invalid(`the number of features of row ${this.rows}`, 'a whole number', length);
      for (let i = 0; i < length; ++i) {
        const feature = features[i];
        if (typeof feature === 'string') this.#push(hashOfText(feature, seed), 1);
        else {
          const [name, value] = isArray(feature) && feature.length === 2 ? [feature[0], feature[1]] : [];
          if (typeof name !== 'string')
            throw invalid(`a feature of row ${this.rows}`, 'a name or [name, value]', feature);
          this.#addPair(name, value as FeatureValue, seed);
        }
      }
    } else {
      if (!isPlainObject(features))
        throw invalid(`features of row ${this.rows}`, 'an array or a plain object', features);
      const pairs = features as { readonly [name: string]: FeatureValue };
      for (const name of Object.keys(pairs)) this.#addPair(name, pairs[name]!, seed);
    }
  }

  #addPair(name: string, value: FeatureValue, seed: number): void {
    if (typeof value === 'string') this.#push(hashOfPair(name, value, seed), 1);
    else if (typeof value === 'boolean') this.#push(hashOfText(name, seed), value ? 1 : 0);
    else if (typeof value !== 'number') throw invalid(this.#place(name), 'a number, a string or a boolean', value);
    else if (Number.isFinite(Math.fround(value))) this.#push(hashOfText(name, seed), value);
    else throw errorWith('ERR_NON_FINITE', `${this.#place(name)} is ${value}`);
  }

  #place(name: string): string {
    return `feature ${quoted(name)} of row ${this.rows}`;
  }

  #push(hash: number, value: number): void {
    if (value === 0) return;
    if (this.#group) {
      this.#group.hashes.push(hash);
      this.#group.values.push(value);
    }
    const size = hash < 0 ? -hash : hash;
    const column = this.#mask >= 0 ? size & this.#mask : size % this.columns;
    this.#collector.push(column, this.#signed && hash < 0 ? -value : value);
  }

  #cross(first: Group, second: Group): void {
    this.#group = undefined;
    for (let i = 0; i < first.hashes.length; ++i)
      for (let j = first === second ? i + 1 : 0; j < second.hashes.length; ++j) {
        const value = first.values[i]! * second.values[j]!;
        if (!Number.isFinite(Math.fround(value)))
          throw errorWith('ERR_NON_FINITE', `a product of crossed features of row ${this.rows} is ${value}`);
        this.#push(hashOfHashes(first.hashes[i]!, second.hashes[j]!, this.#seed), value);
      }
  }
}

/**
 * Makes sparse columns of named features by hashing (Weinberger et al. 2009, arXiv:0902.2206). No vocabulary is kept,
 * so new names can occur at any time.
 *
 * h is the MurmurHash3 (x86, 32 bits, signed) of a feature's UTF-8. The column is |h| mod `columns`, and the value is
 * negated if h < 0, as in scikit-learn's `FeatureHasher`. The hash is seeded with `seed`, or within a namespace with
 * the hash of its name. The hash of a cross is that of the 8 bytes of both hashes, lowest first, seeded with `seed`.
 * Values in the same column are summed; values of 0 are left out.
 *
 * @param examples An array or another iterable.
 * @example
 * hashFeatures([['red', 'large', ['price', 9.5]], ['blue']]); // names, of value 1, and pairs
 * hashFeatures([{ price: 9.5, colour: 'red', isNew: true }]); // price, colour=red, isNew
 * hashFeatures([{ user: { id: 'u17', age: 33 }, ad: ['a5', 'sport'] }], { crosses: [['user', 'ad']] }); // namespaces
 * @throws The errors of {@link FeatureHasher} and its `add`; RangeError `ERR_SHAPE` for no examples.
 */
export function hashFeatures(examples: Iterable<HashableExample>, options: HashingOptions = {}): Sparse {
  checkOptions('hashFeatures', options, ['columns', 'seed', 'signed', 'crosses']);
  const hasher = new FeatureHasher(options);
  if (isArray(examples))
    checkArray('examples', examples, 'an array', (example) => {
      hasher.add(example as HashableExample);
    });
  else if (isObject(examples) && !ArrayBuffer.isView(examples) && typeof examples[Symbol.iterator] === 'function')
    for (const example of examples) hasher.add(example);
  else throw invalid('examples', 'an array of examples', examples);
  if (hasher.rows === 0) throw errorWith('ERR_SHAPE', 'examples is empty: it has 0 elements');
  return hasher.build();
}
