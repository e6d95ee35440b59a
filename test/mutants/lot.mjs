// A random number determined by a seed and a number, independent of earlier draws, so a run can be resumed.
import { createHash } from 'node:crypto';

/** An integer in [0, count) that depends on `words` alone. */
export function lot(count, ...words) {
  const digest = createHash('sha256').update(words.join(' ')).digest();
  return Number(digest.readBigUInt64LE() % BigInt(count));
}
