import type { NativeTextFeatures, NativeTexts } from '../addon/index.js';
import { Dictionary } from './dictionary.js';

/** The most different words that are counted. Texts of more, such as logs with numbers of requests, have many that are no words. */
const mostWords = 2 ** 20;

/** How often each word occurs in texts. */
export class WordCounts {
  #words = new Dictionary();
  #counts = new Uint32Array(0);

  add(features: NativeTextFeatures, texts: NativeTexts): void {
    if (this.#words.size >= mostWords) return;
    const counts = this.#words.countWords(features, texts);
    for (const [code, count] of this.#counts.entries()) counts[code]! += count;
    this.#counts = counts as Uint32Array<ArrayBuffer>;
  }

  /** Plain data. */
  get known(): { readonly words: readonly string[]; readonly counts: Uint32Array } {
    return { words: this.#words.words(), counts: this.#counts };
  }

  /** Replaces the counts by sums of others. */
  merge(all: readonly WordCounts['known'][]): void {
    const sums = new Map<string, number>();
    for (const { words, counts } of all)
      for (const [code, word] of words.entries()) sums.set(word, (sums.get(word) ?? 0) + counts[code]!);
    this.#words = new Dictionary();
    for (const word of sums.keys()) this.#words.add(word);
    this.#counts = Uint32Array.from(sums.values());
  }

  /** All words, the most frequent first; words that occur equally often in the order of their first occurrence. */
  byFrequency(): { readonly word: string; readonly count: number }[] {
    const list = this.#words.words().map((word, code) => ({ word, count: this.#counts[code]! }));
    return list.sort((a, b) => b.count - a.count);
  }
}
