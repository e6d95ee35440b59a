// A lot that is drawn by a seed and a number: the same one whatever has been drawn before, so a run can be resumed.
import { createHash } from 'node:crypto';

/** An integer in [0, count) that follows from `words` alone. */
export function lot(count, ...words) {
  const digest = createHash('sha256').update(words.join(' ')).digest();
  return Number(digest.readBigUInt64LE() % BigInt(count));
}
