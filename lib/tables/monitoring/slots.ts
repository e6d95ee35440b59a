import { isArray } from '../../checks/kinds.js';
import { errorWith } from '../../errors.js';
import { tokensOf } from '../tokens.js';

/** How many slots words are hashed to. */
export const slotCount = 65_536;

/** Shorter lists of slots take less space than a bit for each slot. */
const mostListed = 1024;

// FNV-1a over units of UTF-16, 32 bits (Fowler, Noll & Vo 1991).
const start = 0x811c9dc5 | 0;
const prime = 0x01000193;
const { imul } = Math; // a local constant: in the realms of Jest, reading a global takes 300 ns

const slotFrom = (hash: number): number => (hash ^ (hash >>> 16)) & (slotCount - 1);

/** The slot of a word. Different words may have the same. */
export function slotOf(word: string): number {
  let hash = start;
  for (let i = 0; i < word.length; ++i) hash = imul(hash ^ word.charCodeAt(i), prime);
  return slotFrom(hash);
}

/** The kind of each ASCII character: 0 none of a word, 1 a small letter or a digit, 2 a capital letter. */
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return /[a-z0-9]/.test(character) ? 1 : /[A-Z]/.test(character) ? 2 : 0;
});

/** Calls `visit` with the slot of each word of a text, as {@link tokensOf} finds them. Texts in ASCII take a tenth of the time. */
export function visitWords(text: string, visit: (slot: number) => void): void {
  let hash = start;
  let isWord = false;
  const slots: number[] = [];
  for (let i = 0; i < text.length; ++i) {
    const code = text.charCodeAt(i);
    if (code >= 128) {
      for (const word of tokensOf(text)) visit(slotOf(word));
      return;
    }
    const kind = kinds[code]!;
    if (kind !== 0) {
      hash = imul(hash ^ (kind === 2 ? code + 32 : code), prime);
      isWord = true;
    } else if (isWord) {
      slots.push(slotFrom(hash));
      hash = start;
      isWord = false;
    }
  }
  if (isWord) slots.push(slotFrom(hash));
  for (const slot of slots) visit(slot);
}

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
