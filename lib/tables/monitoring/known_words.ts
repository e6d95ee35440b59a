import { type Ranks, together } from '../../distributed/ranks.js';
import { type Column, missingCode } from '../column.js';
import { wordsOf } from '../conversions.js';
import { tokensOf } from '../pipeline/text.js';
import { type Numbers, numbersOfRows } from './number_distribution.js';
import { knownOf, type SlotsKnown, slotCount, slotOf } from './slots.js';

/** The distribution of the share of a text's words that other texts have too. */
export interface Texts extends Numbers {
  /** The slots of all words. */
  readonly seen: SlotsKnown;
}

/** The slots of the different words of a text. */
const slotsOf = (text: string): Set<number> => new Set(tokensOf(text).map(slotOf));

/** The share of the words of a text whose slot is known; NaN for a text without words. */
export function knownShare(text: string, isKnown: (slot: number) => boolean): number {
  const slots = slotsOf(text);
  let known = 0;
  for (const slot of slots) if (isKnown(slot)) known += 1;
  return known / slots.size;
}

/** The distribution of texts; undefined if none has words. If each rank has a part of the rows, all ranks call this together. */
export async function textsOfRows(column: Column, ranks: Ranks | undefined): Promise<Texts | undefined> {
  const { codes, words } = wordsOf(column);
  const own = new Uint32Array(slotCount);
  for (const code of codes) if (code !== missingCode) for (const slot of slotsOf(words.word(code))) own[slot]! += 1;
  const parts = await together(ranks, own);
  const all = parts.length === 1 ? own : own.map((_, slot) => parts.reduce((sum, part) => sum + part[slot]!, 0));
  // A word of a training row is known if another row has it, as a word of a new row is if any training row has it.
  const isKnown = (slot: number) => all[slot]! > 1;
  const shares = Float64Array.from(codes, (code) =>
    code === missingCode ? Number.NaN : knownShare(words.word(code), isKnown),
  );
  const numbers = await numbersOfRows(shares, ranks);
  return numbers && { ...numbers, seen: knownOf(all) };
}
