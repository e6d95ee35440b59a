const words: readonly unknown[] = ['Infinity', '-Infinity', 'NaN'];

/** For `JSON.stringify`: writes numbers that JSON lacks as the strings Infinity, -Infinity and NaN. */
export const withWords = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** For `JSON.parse`: reads these strings as numbers. */
export const fromWords = (_key: string, value: unknown): unknown => (words.includes(value) ? Number(value) : value);
