import { type Checks, integer, oneOf } from '../../checks/checked_options.js';
import { orDefault } from '../../checks/options.js';
import { checkColumnName } from '../column.js';
import { numbersOf, type OnInvalid } from '../conversions.js';
import { millisecondsADay } from './date.js';
import { type CategoryEncoding, defineStep, type Fitting, type Rows, type Step, stepWith } from './step.js';

/** The length of an interval. Weeks begin on Mondays, all of them in UTC. */
export type Every = 'hour' | 'day' | 'week';

export interface DateIntervalOptions {
  /** Default `'day'`. */
  readonly every?: Every | undefined;
  /** Intervals with fewer training rows count as unseen. Default 2. */
  readonly rare?: number | undefined;
  /** How to treat a value that is not a date. Default `'error'`. */
  readonly invalid?: OnInvalid | undefined;
}

export interface DateIntervalStep extends Step, DateIntervalOptions {
  readonly kind: 'interval';
  /** The column of dates. */
  readonly of: string;
}

/** The intervals that are told apart, in ascending order, by their number since that of 1 January 1970. */
export interface IntervalFound {
  readonly places: readonly number[];
}

/** Milliseconds of an interval, and how long before 1970 the one that has its first instant began. */
export const lengths: Readonly<Record<Every, { readonly length: number; readonly before: number }>> = {
  hour: { length: millisecondsADay / 24, before: 0 },
  day: { length: millisecondsADay, before: 0 },
  week: { length: 7 * millisecondsADay, before: 3 * millisecondsADay },
};

/**
 * The hour, day or week of a column of dates as a category with a learnt vector, for what distinguishes one day from the next: weather,
 * a strike, an offer. Dates of intervals without training rows, such as those of the future, count as unseen.
 *
 * @example
 * pipeline({ date: columns.date(), day: columns.interval('date', { every: 'day', rare: 20 }) });
 * @throws TypeError, RangeError for options that don't fit.
 */
export function interval(of: string, options: DateIntervalOptions = {}): DateIntervalStep {
  return check('columns.interval', { ...options, of });
}

const checks = {
  of: checkColumnName,
  every: oneOf('hour', 'day', 'week'),
  rare: integer(1),
  invalid: oneOf('error', 'missing'),
} satisfies Checks<Omit<DateIntervalStep, 'kind'>>;

const check = (where: string, options: object): DateIntervalStep =>
  stepWith('interval', where, options, checks) as DateIntervalStep;

/** The length of the intervals of a step. */
export const everyOf = ({ every }: DateIntervalStep): Every => orDefault(every, 'day');

/** The number of each row's interval; NaN for a missing date. */
function placesIn(step: DateIntervalStep, { columns: [column], numberOf }: Rows): Float64Array {
  const { length, before } = lengths[everyOf(step)];
  const dates = numbersOf(column!, step.of, numberOf, 'date', orDefault(step.invalid, 'error'));
  return dates.map((date) => Math.floor((date + before) / length));
}

class IntervalFitting implements Fitting {
  readonly #step: DateIntervalStep;
  #counts = new Map<number, number>();

  constructor(step: DateIntervalStep) {
    this.#step = step;
  }

  add(rows: Rows): void {
    for (const place of placesIn(this.#step, rows)) if (!Number.isNaN(place)) this.#add(place, 1);
  }

  #add(place: number, count: number): void {
    this.#counts.set(place, (this.#counts.get(place) ?? 0) + count);
  }

  known(): ReadonlyMap<number, number> {
    return this.#counts;
  }

  merge(all: readonly ReadonlyMap<number, number>[]): void {
    this.#counts = new Map();
    for (const counts of all) for (const [place, count] of counts) this.#add(place, count);
  }

  found(): IntervalFound | undefined {
    const rare = orDefault(this.#step.rare, 2);
    const places = [...this.#counts].filter(([, count]) => count >= rare).map(([place]) => place);
    return places.length > 1 ? { places: places.sort((a, b) => a - b) } : undefined;
  }
}

function encoding(step: DateIntervalStep, { places }: IntervalFound): CategoryEncoding {
  const codes = new Map(places.map((place, code) => [place, code]));
  const [unseen, missing] = [places.length, places.length + 1];
  return {
    block: 'codes',
    cardinality: places.length + 2,
    write(rows, out, at, stride) {
      for (const [row, place] of placesIn(step, rows).entries())
        out[at + row * stride] = Number.isNaN(place) ? missing : (codes.get(place) ?? unseen);
    },
  };
}

defineStep<DateIntervalStep, IntervalFound>('interval', {
  check,
  fitting: (step) => new IntervalFitting(step),
  encoding,
});
