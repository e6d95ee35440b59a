import { type Checks, integer, oneOf } from '../../checks/checked_options.js';
import { checkArray } from '../../checks/lists.js';
import { checkOneOf } from '../../checks/options.js';
import { invalid } from '../../checks/shown.js';
import { numbersOf, type OnInvalid } from '../conversions.js';
import { Moments, type MomentsOf } from '../moments.js';
import { writeBins } from './number_bins.js';
import { defineStep, type Fitting, type NumberEncoding, type Rows, type Step, stepWith } from './step.js';

/** Parts of a date in UTC. `'time'` is the date as a number. The others are periodic: each gives a sine and a cosine. */
export type DatePart = 'time' | 'month' | 'day' | 'weekday' | 'hour' | 'minute';

export interface DateOptions {
  /** The parts that become inputs. Default: those that differ in the training rows. */
  readonly parts?: readonly DatePart[] | undefined;
  /**
   * The most bins of the time, as those of `columns.number`, separated by splits of boosted trees: for times at which the target
   * changes. Default 0.
   */
  readonly bins?: number | undefined;
  /** How to treat a value that is not a date. Default `'error'`. */
  readonly invalid?: OnInvalid | undefined;
}

export interface DateStep extends Step, DateOptions {
  readonly kind: 'date';
}

export interface DateFound {
  readonly parts: readonly DatePart[];
  /** Mean and deviation of the time, in days since 1970. */
  readonly mean: number;
  readonly deviation: number;
  readonly flag: boolean;
  /** The edges of the bins of the time in days, in ascending order. */
  readonly edges?: readonly number[];
}

export const millisecondsADay = 86_400_000;

type PeriodicPart = Exclude<DatePart, 'time'>;

/** The place of a date in each period, from 0 on, and the number of places. */
export const periods: Record<PeriodicPart, { readonly count: number; readonly placeOf: (date: Date) => number }> = {
  month: { count: 12, placeOf: (date) => date.getUTCMonth() },
  day: { count: 31, placeOf: (date) => date.getUTCDate() - 1 },
  weekday: { count: 7, placeOf: (date) => date.getUTCDay() },
  hour: { count: 24, placeOf: (date) => date.getUTCHours() },
  minute: { count: 60, placeOf: (date) => date.getUTCMinutes() },
};

const allParts = ['time', ...Object.keys(periods)] as readonly DatePart[];

/** The sine and the cosine of a place in a period. */
export function circlePoint(part: PeriodicPart, place: number): [number, number] {
  const angle = 2 * Math.PI * (place / periods[part].count);
  return [Math.sin(angle), Math.cos(angle)];
}

/**
 * A column of dates: the time as a number of mean 0 and deviation 1, and periodic parts as points on circles, so that
 * December is next to January.
 *
 * @throws TypeError for options that don't fit.
 */
export function date(options: DateOptions = {}): DateStep {
  return check('columns.date', options);
}

const checks = {
  parts: checkParts,
  bins: integer(0, 1024),
  invalid: oneOf('error', 'missing'),
} satisfies Checks<DateOptions>;

const check = (where: string, options: object): DateStep => stepWith('date', where, options, checks);

function checkParts(name: string, given: unknown): DatePart[] {
  const expected = `an array of ${allParts.join(', ')}`;
  const parts = checkArray(name, given, expected, (part) => checkOneOf(name, part, allParts));
  if (parts.length === 0) throw invalid(name, expected, given);
  return parts;
}

interface DateKnown {
  readonly moments: MomentsOf;
  readonly firsts: ReadonlyMap<DatePart, number>;
  readonly differ: ReadonlySet<DatePart>;
  readonly missing: number;
}

class DateFitting implements Fitting {
  readonly #step: DateStep;
  readonly #name: string;
  #moments = new Moments();
  /** The first position of each part, and the parts for which another one was found. */
  readonly #firsts = new Map<DatePart, number>();
  readonly #differ = new Set<DatePart>();
  #missing = 0;

  constructor(step: DateStep, name: string) {
    this.#step = step;
    this.#name = name;
  }

  add({ columns: [column], numberOf }: Rows): void {
    const values = numbersOf(column!, this.#name, numberOf, 'date', this.#step.invalid ?? 'error');
    this.#moments.add(values.map((value) => value / millisecondsADay));
    for (const value of values) {
      if (Number.isNaN(value)) this.#missing += 1;
      else if (this.#differ.size < allParts.length) this.#compare(value);
    }
  }

  #compare(value: number): void {
    const instant = new Date(value);
    for (const part of allParts)
      if (!this.#differ.has(part)) this.#see(part, part === 'time' ? value : periods[part].placeOf(instant));
  }

  #see(part: DatePart, place: number): void {
    const before = this.#firsts.get(part);
    if (before === undefined) this.#firsts.set(part, place);
    else if (before !== place) this.#differ.add(part);
  }

  known(): DateKnown {
    return { moments: this.#moments, firsts: this.#firsts, differ: this.#differ, missing: this.#missing };
  }

  merge(all: readonly DateKnown[]): void {
    this.#moments = Moments.merged(all.map(({ moments }) => moments));
    this.#missing = all.reduce((sum, { missing }) => sum + missing, 0);
    for (const { firsts, differ } of all) {
      for (const [part, place] of firsts) this.#see(part, place);
      for (const part of differ) this.#differ.add(part);
    }
  }

  found(): DateFound | undefined {
    if (this.#moments.count === 0) return undefined;
    const parts = this.#step.parts ?? allParts.filter((part) => this.#differ.has(part));
    const flag = this.#missing > 0;
    if (parts.length === 0 && !flag) return undefined;
    return { parts, mean: this.#moments.mean, deviation: this.#moments.deviation, flag };
  }
}

function encoding(
  step: DateStep,
  { parts, mean, deviation, flag, edges = [] }: DateFound,
  [name]: readonly string[],
): NumberEncoding {
  const width =
    parts.reduce((sum, part) => sum + (part === 'time' ? 1 : 2), flag ? 1 : 0) + Math.max(0, edges.length - 1);
  const factor = deviation > 0 ? 1 / deviation : 0;
  const circles = parts.map((part) =>
    part === 'time' ? [] : Array.from({ length: periods[part].count }, (_, place) => circlePoint(part, place)),
  );
  return {
    block: 'numbers',
    width,
    write({ columns: [column], rows, numberOf }, out, at, stride) {
      const values = numbersOf(column!, name!, numberOf, 'date', step.invalid ?? 'error');
      for (let row = 0; row < rows; ++row) {
        const value = values[row]!;
        let to = at + row * stride;
        if (flag) out[to++] = Number.isNaN(value) ? 1 : 0;
        if (Number.isNaN(value)) continue; // missing dates have zeros
        const instant = new Date(value);
        for (let i = 0; i < parts.length; ++i) {
          const part = parts[i]!;
          if (part === 'time') out[to++] = (value / millisecondsADay - mean) * factor;
          else {
            const point = circles[i]![periods[part].placeOf(instant)]!;
            out[to++] = point[0];
            out[to++] = point[1];
          }
        }
        writeBins(value / millisecondsADay, edges, out, to);
      }
    },
  };
}

defineStep<DateStep, DateFound>('date', {
  check,
  fitting: (step, [name]) => new DateFitting(step, name!),
  encoding,
  binned: (step, { mean, parts }, [name]) =>
    (step.bins ?? 0) > 1 && parts.includes('time')
      ? {
          most: step.bins!,
          read: ({ columns: [column], numberOf }) =>
            numbersOf(column!, name!, numberOf, 'date', step.invalid ?? 'error').map((value) =>
              Number.isNaN(value) ? mean : value / millisecondsADay,
            ),
        }
      : undefined,
});
