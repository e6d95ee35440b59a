import { millisecondsADay, periods } from '../pipeline/date.js';
import { type Spacing, timeOf } from './spacing.js';

/** A part of the calendar that becomes inputs: one for each of its places, or waves of a year. */
export type CalendarPart = 'hour' | 'weekday' | 'month' | 'quarter' | 'year' | 'phase';

const places = { hour: 24, weekday: 7, month: 12, quarter: 4 } as const;

/** The number of waves of a year: sine and cosine of 1, 2 and 3 periods. */
const waves = 3;

const millisecondsAYear = 365.2425 * millisecondsADay;

/** A year's waves need a history of this many years, or its beginning would tell one year from another. */
const leastYears = 1.5;

/** Seasons with more places have no inputs of their own. */
const mostPhases = 31;

/** The parts that can matter for a spacing. @param times The number of times of the history. */
export function calendarParts(spacing: Spacing, isDate: boolean, season: number, times: number): CalendarPart[] {
  if (!isDate) return season > 1 && season <= mostPhases ? ['phase'] : [];
  const years = (timeOf(spacing, times) - spacing.first) / millisecondsAYear;
  const ofYear: CalendarPart[] = years >= leastYears ? ['year'] : [];
  switch (spacing.unit) {
    case 'second':
    case 'minute':
    case 'hour':
      return ['hour', 'weekday', ...ofYear];
    case 'day':
    case 'weekday':
      return ['weekday', ...ofYear];
    case 'week':
      return ofYear;
    case 'month':
      return spacing.every < 12 ? ['month'] : [];
    case 'quarter':
      return ['quarter'];
    default:
      return [];
  }
}

/** The names of a part's inputs. */
export function calendarNames(part: CalendarPart, season: number): string[] {
  if (part === 'year')
    return Array.from({ length: 2 * waves }, (_, i) => `year ${i % 2 ? 'cosine' : 'sine'} ${(i >> 1) + 1}`);
  return Array.from({ length: calendarWidth(part, season) }, (_, i) => `${part} ${i + 1}`);
}

/** The number of a part's inputs. */
export const calendarWidth = (part: CalendarPart, season: number): number =>
  part === 'year' ? 2 * waves : part === 'phase' ? season : places[part];

/** Writes a part's inputs of the time with a number. */
export function writeCalendar(
  part: CalendarPart,
  spacing: Spacing,
  season: number,
  number: number,
  write: (i: number, x: number) => void,
): void {
  if (part === 'phase') {
    write(((number % season) + season) % season, 1);
    return;
  }
  const time = timeOf(spacing, number);
  const date = new Date(time);
  if (part === 'year') {
    const begin = Date.UTC(date.getUTCFullYear(), 0, 1);
    const angle = (2 * Math.PI * (time - begin)) / millisecondsAYear;
    for (let i = 0; i < waves; ++i) {
      write(2 * i, Math.sin((i + 1) * angle));
      write(2 * i + 1, Math.cos((i + 1) * angle));
    }
    return;
  }
  write(part === 'quarter' ? Math.floor(date.getUTCMonth() / 3) : periods[part].placeOf(date), 1);
}
