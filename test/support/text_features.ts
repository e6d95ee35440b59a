import { hashOfText } from '../../lib/data/murmur';

/** The words of a text, in lower case. */
export const wordsIn = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

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
