/** For `JSON.stringify`: writes numbers that JSON lacks as the strings Infinity, -Infinity and NaN. */
export const withWords = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
