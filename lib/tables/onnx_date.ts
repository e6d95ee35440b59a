import type { GraphBuilder } from '../onnx/graph_builder.js';
import { dataTypes } from '../onnx/schema.js';
import { binsOf } from './onnx_bins.js';
import { circlePoint, type DateFound, type DatePart, periods } from './pipeline/date.js';
import { type DateIntervalStep, everyOf, type IntervalFound, lengths } from './pipeline/interval.js';

const secondsADay = 86_400;

/** Days from 1 March of the year 0 to 1 January 1970. */
const daysBefore1970 = 719_468;

/** Days of 400 years, of 100 years, of 4 years and of a year, each without a leap day at its end. */
const [days400, days100, days4, days1] = [146_097, 36_524, 1460, 365];

/**
 * Computes the inputs of the network for a column of dates, [batch, 1], in seconds since 1970 in UTC; NaN stands for a missing
 * date. The calendar is computed in whole numbers, so the results are those of the pipeline.
 */
export function datePartsOf(
  builder: GraphBuilder,
  name: string,
  { parts, mean, deviation, flag, edges = [] }: DateFound,
  input: string,
): string[] {
  const missing = builder.node('IsNaN', [input], `${name}.missing`);
  const calendar = new Calendar(builder, name, input, missing);
  return [
    ...(flag ? [builder.node('Cast', [missing], `${name}.flag`, { to: dataTypes.float })] : []),
    ...parts.map((part) =>
      part === 'time' ? timeOf(builder, name, { mean, deviation }, input, missing) : calendar.circle(part),
    ),
    ...(edges.length > 1 ? [binsOfTime(builder, `${name}.time`, edges, input, missing)] : []),
  ];
}

/** The code of each date's interval: those of the training rows, then unseen ones, then missing dates. */
export function intervalCodesOf(
  builder: GraphBuilder,
  name: string,
  step: DateIntervalStep,
  { places }: IntervalFound,
  input: string,
): string {
  const { length, before } = lengths[everyOf(step)];
  const missing = builder.node('IsNaN', [input], `${name}.missing`);
  const known = builder.node('Where', [missing, builder.double(0), input], `${name}.known`);
  const shifted = builder.node('Add', [known, builder.double(before / 1000)], `${name}.shifted`);
  const intervals = builder.node('Div', [shifted, builder.double(length / 1000)], `${name}.intervals`);
  const whole = builder.node('Floor', [intervals], `${name}.whole`);
  const place = builder.node('Cast', [whole], `${name}.place`, { to: dataTypes.int64 });
  const code = builder.mlNode('LabelEncoder', [place], `${name}.seen`, {
    keys_int64s: { ints: [...places] },
    values_int64s: { ints: [...places.keys()] },
    default_int64: places.length,
  });
  return builder.node('Where', [missing, builder.integers(places.length + 1), code], `${name}.code`);
}

/** The position of the time in each bin; zeros if it is missing. */
function binsOfTime(
  builder: GraphBuilder,
  name: string,
  edges: readonly number[],
  input: string,
  missing: string,
): string {
  const days = builder.node('Div', [input, builder.double(secondsADay)], `${name}.day`);
  const begin = edges[0]!;
  const beyond = builder.node('Sub', [days, builder.double(begin)], `${name}.sinceFirst`);
  const known = builder.node('Where', [missing, builder.double(0), beyond], `${name}.knownDay`);
  const single = builder.node('Cast', [known], `${name}.ofBins`, { to: dataTypes.float });
  return binsOf(
    builder,
    name,
    single,
    edges.map((edge) => edge - begin),
  );
}

/** The time with mean 0 and deviation 1; 0 if it is missing. Seconds need the digits of a double. */
function timeOf(
  builder: GraphBuilder,
  name: string,
  { mean, deviation }: Pick<DateFound, 'mean' | 'deviation'>,
  input: string,
  missing: string,
): string {
  const days = builder.node('Div', [input, builder.double(secondsADay)], `${name}.days`);
  const centred = builder.node('Sub', [days, builder.double(mean)], `${name}.centred`);
  const factor = builder.double(deviation > 0 ? 1 / deviation : 0);
  const scaled = builder.node('Mul', [centred, factor], `${name}.scaled`);
  const known = builder.node('Where', [missing, builder.double(0), scaled], `${name}.known`);
  return builder.node('Cast', [known], `${name}.time`, { to: dataTypes.float });
}

/** The parts of dates as whole numbers, each computed once. Division of whole numbers rounds down, because none is negative. */
class Calendar {
  readonly #builder: GraphBuilder;
  readonly #name: string;
  readonly #input: string;
  readonly #missing: string;
  readonly #made = new Map<string, string>();

  constructor(builder: GraphBuilder, name: string, input: string, missing: string) {
    this.#builder = builder;
    this.#name = name;
    this.#input = input;
    this.#missing = missing;
  }

  /** The point of a part on its circle, [batch, 2]; zeros for missing dates. */
  circle(part: Exclude<DatePart, 'time'>): string {
    const builder = this.#builder;
    const { count } = periods[part];
    const points = Array.from({ length: count }, (_, place) => circlePoint(part, place)).flat();
    const table = builder.floats(`${this.#name}.${part}.points`, [count + 1, 2], Float32Array.of(...points, 0, 0));
    const known = builder.node(
      'Where',
      [this.#missing, builder.integers(count), this[part]()],
      `${this.#name}.${part}.known`,
    );
    const place = builder.node('Squeeze', [known, builder.integers([1])], `${this.#name}.${part}.place`);
    return builder.node('Gather', [table, place], `${this.#name}.${part}`, { axis: 0 });
  }

  #once(wanted: string, make: (name: string) => string): string {
    const found = this.#made.get(wanted) ?? make(`${this.#name}.${wanted}`);
    this.#made.set(wanted, found);
    return found;
  }

  /** A node of two whole numbers, one of which may be a constant. */
  #of(opType: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Mod', a: string, b: string | number, name: string): string {
    return this.#builder.node(opType, [a, typeof b === 'number' ? this.#builder.integers(b) : b], name);
  }

  #seconds(): string {
    return this.#once('seconds', (name) => {
      const builder = this.#builder;
      const known = builder.node('Where', [this.#missing, builder.double(0), this.#input], `${name}.known`);
      const whole = builder.node('Floor', [known], `${name}.whole`);
      return builder.node('Cast', [whole], name, { to: dataTypes.int64 });
    });
  }

  /** Seconds since midnight. The remainder has the sign of the divisor, also for dates before 1970. */
  #ofDay(): string {
    return this.#once('secondOfDay', (name) => this.#of('Mod', this.#seconds(), secondsADay, name));
  }

  #days(): string {
    return this.#once('day', (name) => {
      const midnight = this.#of('Sub', this.#seconds(), this.#ofDay(), `${name}.begin`);
      return this.#of('Div', midnight, secondsADay, name); // without a remainder
    });
  }

  hour(): string {
    return this.#of('Div', this.#ofDay(), 3600, `${this.#name}.hourOfDay`);
  }

  minute(): string {
    const minutes = this.#of('Div', this.#ofDay(), 60, `${this.#name}.minuteOfDay`);
    return this.#of('Mod', minutes, 60, `${this.#name}.minuteOfHour`);
  }

  /** 1 January 1970 was a Thursday, and Sunday is 0. */
  weekday(): string {
    const shifted = this.#of('Add', this.#days(), 4, `${this.#name}.shifted`);
    return this.#of('Mod', shifted, 7, `${this.#name}.dayOfWeek`);
  }

  /**
   * The day of a year that begins on 1 March, so that the leap day is its last one, from 0 on
   * (Hinnant 2013, https://howardhinnant.github.io/date_algorithms.html, civil_from_days).
   */
  #dayOfYear(): string {
    return this.#once('dayOfYear', (name) => {
      const shifted = this.#of('Add', this.#days(), daysBefore1970, `${name}.shifted`);
      const day = this.#of('Mod', shifted, days400, `${name}.ofEra`);
      const leap4 = this.#of('Div', day, days4, `${name}.leap4`);
      const leap100 = this.#of('Div', day, days100, `${name}.leap100`);
      const leap400 = this.#of('Div', day, days400 - 1, `${name}.leap400`);
      const without4 = this.#of('Sub', day, leap4, `${name}.without4`);
      const with100 = this.#of('Add', without4, leap100, `${name}.with100`);
      const even = this.#of('Sub', with100, leap400, `${name}.even`);
      const year = this.#of('Div', even, days1, `${name}.year`);
      const common = this.#of('Mul', year, days1, `${name}.common`);
      const every4 = this.#of('Div', year, 4, `${name}.every4`);
      const every100 = this.#of('Div', year, 100, `${name}.every100`);
      const begin = this.#of('Add', common, every4, `${name}.begin`);
      const first = this.#of('Sub', begin, every100, `${name}.first`);
      return this.#of('Sub', day, first, name);
    });
  }

  /** Months since March: a month and its beginning are linear in each other, with slope 153/5. */
  #monthSinceMarch(): string {
    return this.#once('monthSinceMarch', (name) => {
      const times5 = this.#of('Mul', this.#dayOfYear(), 5, `${name}.times5`);
      const shifted = this.#of('Add', times5, 2, `${name}.shifted`);
      return this.#of('Div', shifted, 153, name);
    });
  }

  month(): string {
    const shifted = this.#of('Add', this.#monthSinceMarch(), 2, `${this.#name}.fromJanuary`);
    return this.#of('Mod', shifted, 12, `${this.#name}.monthOfYear`);
  }

  /** From 0 on. */
  day(): string {
    const name = `${this.#name}.firstOfMonth`;
    const times153 = this.#of('Mul', this.#monthSinceMarch(), 153, `${name}.times153`);
    const shifted = this.#of('Add', times153, 2, `${name}.shifted`);
    const first = this.#of('Div', shifted, 5, name);
    return this.#of('Sub', this.#dayOfYear(), first, `${this.#name}.dayOfMonth`);
  }
}
