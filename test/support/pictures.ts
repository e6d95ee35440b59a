import { createHash } from 'node:crypto';

/** A digest of numbers and texts, with numbers rounded to six digits: the same on each platform. */
export function digestOf(value: unknown): string {
  const text = JSON.stringify(value, (_, one) =>
    typeof one === 'number' ? (Number.isFinite(one) ? Number(one.toPrecision(6)) : String(one)) : one,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
