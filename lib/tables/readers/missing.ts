/** What files write where a value is missing, beside nothing at all. */
export const missingWords = ['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', '?'] as const;
