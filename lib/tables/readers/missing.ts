/** The texts that stand for a missing value in files. */
export const missingWords = ['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', '?'] as const;

const missing = new Set<string>(missingWords);

export const isMissing = (text: string): boolean => missing.has(text);
