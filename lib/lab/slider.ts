/** The properties of a setting that a slider needs. */
export interface Slidable {
  readonly least: number;
  readonly most: number;
  /** The numbers from `least` to `most` that are allowed. */
  readonly values: 'real' | 'whole' | 'powers of two';
  /** The scale of the slider between `least` and `most`. */
  readonly scale: 'linear' | 'log';
}

/** Values of settings or controls, by name. */
export type Values<Name extends string> = Readonly<Record<Name, number>>;

/** The position of a value on a slider, from 0 to 1. */
export function positionOf({ least, most, scale }: Slidable, value: number): number {
  if (least === most) return 0;
  return scale === 'log' ? Math.log(value / least) / Math.log(most / least) : (value - least) / (most - least);
}

/** The allowed value at a position from 0 to 1 on a slider. Real numbers have at most three digits, unless they are a bound. */
export function valueAt({ least, most, values, scale }: Slidable, position: number): number {
  if (position <= 0) return least;
  if (position >= 1) return most;
  const exact = scale === 'log' ? least * (most / least) ** position : least + (most - least) * position;
  return Math.min(Math.max(nearest(values, exact), least), most);
}

function nearest(values: Slidable['values'], x: number): number {
  if (values === 'powers of two') return 2 ** Math.round(Math.log2(x));
  const short = Number(x.toPrecision(3));
  return values === 'whole' ? Math.round(short) : short;
}
