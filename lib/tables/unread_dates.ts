import { type Column, missingCode } from './column.js';
import { ambiguousForms, wordsOfSeveralForms } from './readers/date_columns.js';

/** How many values are looked at. */
const lookedAt = 1000;

/** The fewest different values that may be dates. */
const fewest = 5;

/** Why the values of a column, which look like dates, were not read as dates, and what to do; undefined for other columns. */
export function whyUnread(column: Column): string | undefined {
  if (column.type === 'number')
    return areCompactDates(column.values)
      ? 'dates without separators, which are read as numbers; write 19980625 as 1998-06-25'
      : undefined;
  if (column.type !== 'word') return undefined;
  const forms = ambiguousForms(column);
  if (forms) return `dates that could be read as ${forms.join(' or ')}; write them as 1998-06-25`;
  const some = new Set<string>();
  for (const code of column.codes) {
    if (code !== missingCode) some.add(column.words.word(code));
    if (some.size === lookedAt) break;
  }
  const words = [...some];
  if (words.length < fewest) return undefined;
  if (words.every(hasShortYear)) return 'dates with years of two digits; write them as 1998-06-25';
  return wordsOfSeveralForms(words) ? 'dates written in several forms; write them as 1998-06-25' : undefined;
}

/** Numbers such as 19980625. */
function areCompactDates(values: Float64Array): boolean {
  const some = new Set<number>();
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (!isCompactDate(value)) return false;
    some.add(value);
    if (some.size === lookedAt) break;
  }
  return some.size >= fewest;
}

function isCompactDate(value: number): boolean {
  const [year, month, day] = [Math.floor(value / 10_000), Math.floor(value / 100) % 100, value % 100];
  if (!Number.isInteger(value) || year < 1800 || year > 2200) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return month >= 1 && month <= 12 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const shortDate = /^(\d{1,2})([./-])(\d{1,2})\2\d{2}$/;

function hasShortYear(word: string): boolean {
  const parts = shortDate.exec(word);
  const [a, b] = [Number(parts?.[1]), Number(parts?.[3])];
  return a >= 1 && b >= 1 && Math.min(a, b) <= 12 && Math.max(a, b) <= 31;
}
