/** The distinct words of a column, each with a code: 0, 1, …. */
export interface Words {
  readonly size: number;
  word(code: number): string;
}

/** A list of words that are in memory as strings. */
export class WordList implements Words {
  readonly #codes = new Map<string, number>();
  readonly #words: string[] = [];

  get size(): number {
    return this.#words.length;
  }

  word(code: number): string {
    return this.#words[code]!;
  }

  /** The code of a word, which is a new one if the word is new. */
  add(word: string): number {
    const known = this.#codes.get(word);
    if (known !== undefined) return known;
    const own = copyOf(word);
    this.#codes.set(own, this.#words.length);
    return this.#words.push(own) - 1;
  }
}

/** A copy in memory of its own. A slice of a text would keep all of that in memory: a megabyte of a file, say. */
const copyOf = (word: string): string => ` ${word}`.slice(1);

/** Words of a dictionary after which a reader begins a new one, where codes need not last. */
export const mostPassingWords = 1 << 13;

/** The lists for the next rows, where codes need not last: new ones in place of those that have grown long. */
export const renewed = (lists: readonly WordList[]): WordList[] =>
  lists.map((list) => (list.size > mostPassingWords ? new WordList() : list));
