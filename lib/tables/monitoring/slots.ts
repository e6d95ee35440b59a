import { isArray } from '../../checks/kinds.js';
import { hashOfText } from '../../data/murmur.js';
import { errorWith } from '../../errors.js';

/** How many slots words are hashed to. */
export const slotCount = 65_536;

/** Shorter lists of slots take less space than a bit for each slot. */
const mostListed = 1024;

/** The slot of a word. Different words may have the same. */
export const slotOf = (word: string): number => hashOfText(word, 0) & (slotCount - 1);

/** Slots as a model's file has them: a list, or a bit for each slot in base64. */
export type SlotsKnown = readonly number[] | string;

/** The slots with a count. */
export function knownOf(counts: Uint32Array): SlotsKnown {
  const used = Array.from(counts.keys()).filter((slot) => counts[slot]! > 0);
  if (used.length <= mostListed) return used;
  const bits = new Uint8Array(slotCount / 8);
  for (const slot of used) bits[slot >> 3]! |= 1 << (slot & 7);
  return Buffer.from(bits).toString('base64');
}

/** Which slots have a word: 1 for those that {@link knownOf} returned. @throws GlissadeError `ERR_CORRUPT_FILE` */
export function slotsFrom(known: unknown): Uint8Array {
  const slots = new Uint8Array(slotCount);
  if (isArray(known) && known.every((slot) => (slot as number) in slots)) {
    for (const slot of known as number[]) slots[slot] = 1;
    return slots;
  }
  const bits = Buffer.from(typeof known === 'string' ? known : '', 'base64');
  if (bits.length !== slotCount / 8) throw errorWith('ERR_CORRUPT_FILE', 'the words of a distribution are damaged');
  for (let slot = 0; slot < slotCount; ++slot) slots[slot] = (bits[slot >> 3]! >> (slot & 7)) & 1;
  return slots;
}
