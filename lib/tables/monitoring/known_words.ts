import { type Ranks, together } from '../../distributed/ranks.js';
import { type Column, missingCode } from '../column.js';
import { wordsOf } from '../conversions.js';
import type { Words } from '../words.js';
import { type NumberDistribution, numbersOfRows } from './number_distribution.js';
import { knownOf, type SlotsKnown, slotCount, visitWords } from './slots.js';

/** The distribution of the share of a text's words that other texts have too. */
export interface TextDistribution extends NumberDistribution {
  /** The slots of all words. */
  readonly seen: SlotsKnown;
}

/** The share of the words of a text whose slot is known; NaN for a text without words. */
export function knownShare(text: string, isKnown: (slot: number) => boolean): number {
  let [known, all] = [0, 0];
  visitWords(text, (slot) => {
    all += 1;
    if (isKnown(slot)) known += 1;
  });
  return known / all;
}

/** How many texts have a word of each slot. */
function textsBySlot(codes: Uint32Array, words: Words): Uint32Array {
  const counts = new Uint32Array(slotCount);
  const last = new Uint32Array(slotCount); // the last text with a word of the slot, from 1
  for (const [row, code] of codes.entries())
    if (code !== missingCode)
      visitWords(words.word(code), (slot) => {
        if (last[slot] === row + 1) return;
        last[slot] = row + 1;
        counts[slot]! += 1;
      });
  return counts;
}

/** The distribution of texts; undefined if none has words. If each rank has a part of the rows, all ranks call this together. */
export async function textsOfRows(column: Column, ranks: Ranks | undefined): Promise<TextDistribution | undefined> {
  const { codes, words } = wordsOf(column);
  const own = textsBySlot(codes, words);
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
