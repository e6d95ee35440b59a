/** The texts that stand for a missing value in files. */
export const missingWords = ['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', '?'] as const;
