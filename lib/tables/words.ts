/** The distinct words of a column, each with a code: 0, 1, …. */
export interface Words {
  readonly size: number;
  word(code: number): string;
}

/** A list of words as strings. */
export class WordList implements Words {
  readonly #codes = new Map<string, number>();
  readonly #words: string[] = [];

  get size(): number {
    return this.#words.length;
  }

  word(code: number): string {
    return this.#words[code]!;
  }

  /** The code of a word, which is added if it is new. */
  add(word: string): number {
    const known = this.#codes.get(word);
    if (known !== undefined) return known;
    const own = copyOf(word);
    this.#codes.set(own, this.#words.length);
    return this.#words.push(own) - 1;
  }
}

/** A copy of a word. A slice would keep the whole text in memory, for example a megabyte of a file. */
const copyOf = (word: string): string => ` ${word}`.slice(1);

/** The most words of a dictionary before a reader starts a new one, if codes need not last. */
export const mostPassingWords = 1 << 13;

/** The lists for the next rows if codes need not last: long lists are replaced by new ones. */
export const renewed = (lists: readonly WordList[]): WordList[] =>
  lists.map((list) => (list.size > mostPassingWords ? new WordList() : list));
