import { type Ranks, together } from '../../distributed/ranks.js';
import { Random } from '../../numbers/random.js';
import { type Column, missingCode } from '../column.js';
import { wordsOf } from '../conversions.js';
import { knownOf, type SlotsKnown, slotCount, slotOf } from './slots.js';

/** The most categories with a bin of their own. */
const mostNamed = 24;

/**
 * Categories of the training rows. The count of "unseen" is that of the rows whose category no other row has: this is where
 * the row would be if it were new (Good 1953, The population frequencies of species).
 */
export interface CategoryDistribution {
  /** About half of the rows: those of each named category, of the other categories, unseen, and without a value. */
  readonly counts: readonly number[];
  /** The most frequent categories. */
  readonly names: readonly string[];
  /** The slots of all categories. */
  readonly seen: SlotsKnown;
}

/**
 * The distribution of categories. Half of the rows, drawn at random, say which categories are frequent, and the others are
 * counted: the same rows would overstate what was chosen for being frequent in them. If each rank has a part of the rows, all
 * ranks call this together.
 */
export async function categoriesOfRows(column: Column, ranks: Ranks | undefined): Promise<CategoryDistribution> {
  const parts = await together(ranks, countsByWord(column));
  const chosen = merged(parts.map((part) => part.chosen));
  const counted = merged(parts.map((part) => part.counted));
  const missing = parts.reduce((sum, part) => sum + part.missing, 0);
  const bySlot = new Uint32Array(slotCount);
  for (const part of [chosen, counted]) for (const [word, count] of part) bySlot[slotOf(word)]! += count;
  const names = [...chosen]
    .filter(([, count]) => count > 1)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, mostNamed)
    .map(([name]) => name);
  const counts = new Map(names.map((name) => [name, 0]));
  let [others, unseen] = [0, 0];
  for (const [word, count] of counted)
    if (counts.has(word)) counts.set(word, count);
    else if (bySlot[slotOf(word)] === 1) unseen += 1;
    else others += count;
  return { counts: [...counts.values(), others, unseen, missing], names, seen: knownOf(bySlot) };
}

/** The rows of each word in the half that chooses the frequent ones, and in the half that is counted. */
interface Halves {
  readonly chosen: ReadonlyMap<string, number>;
  readonly counted: ReadonlyMap<string, number>;
  /** Rows of the second half without a word. */
  readonly missing: number;
}

function countsByWord(column: Column): Halves {
  const { codes, words } = wordsOf(column);
  const random = new Random(0);
  const [chosen, counted] = [new Float64Array(words.size), new Float64Array(words.size)];
  let missing = 0;
  for (const code of codes) {
    const isCounted = random.uniform() < 0.5;
    if (code !== missingCode) (isCounted ? counted : chosen)[code]! += 1;
    else if (isCounted) missing += 1;
  }
  const byWord = (counts: Float64Array) => {
    const all = new Map<string, number>();
    for (const [code, count] of counts.entries()) if (count > 0) all.set(words.word(code), count);
    return all;
  };
  return { chosen: byWord(chosen), counted: byWord(counted), missing };
}

function merged(parts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const part of parts) for (const [word, count] of part) all.set(word, (all.get(word) ?? 0) + count);
  return all;
}
