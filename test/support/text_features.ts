import { hashOfText } from '../../lib/data/murmur';

const isUnspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** The words of a text, in lower case, found character by character. */
export function wordsIn(text: string): readonly string[] {
  const words: string[] = [];
  let before: 'nothing' | 'run' | 'whole' = 'nothing';
  for (const character of text.toLowerCase()) {
    if (/[\p{M}\u200c\u200d]/u.test(character)) {
      if (before !== 'nothing') words.push(`${words.pop()}${character}`);
    } else if (!/[\p{L}\p{N}]/u.test(character)) before = 'nothing';
    else if (isUnspaced.test(character)) {
      words.push(character);
      before = 'whole';
    } else {
      words.push(before === 'run' ? `${words.pop()}${character}` : character);
      before = 'run';
    }
  }
  return words;
}

interface Shape {
  readonly columns: number;
  readonly ngrams: number;
  readonly subwords?: { readonly from: number; readonly to: number } | undefined;
}

/** How often each feature occurs in a text, by its column, in the order of first occurrence. */
export function featuresIn(text: string, { columns, ngrams, subwords }: Shape): Map<number, number> {
  const counts = new Map<number, number>();
  const add = (feature: string, seed: number) => {
    const column = Math.abs(hashOfText(feature, seed)) % columns;
    counts.set(column, (counts.get(column) ?? 0) + 1);
  };
  const words = wordsIn(text);
  for (let begin = 0; begin < words.length; ++begin) {
    for (let end = begin; end < Math.min(begin + ngrams, words.length); ++end)
      add(words.slice(begin, end + 1).join(' '), 0);
    const characters = subwords ? [...`<${words[begin]}>`] : [];
    for (let first = 0; first < characters.length; ++first)
      for (let { from: length, to } = subwords!; length <= Math.min(to, characters.length - first); ++length)
        if (length < characters.length) add(characters.slice(first, first + length).join(''), 1);
  }
  return counts;
}

/** The values of a text's columns: counts times weights, of length 1. */
export function entriesOf(text: string, shape: Shape, weight: (column: number) => number): [number, number][] {
  const counts = featuresIn(text, shape);
  let squares = 0;
  for (const [column, count] of counts) squares += count * weight(column) * (count * weight(column));
  return Array.from(counts, ([column, count]) => [column, (count * weight(column)) / Math.sqrt(squares)]);
}
