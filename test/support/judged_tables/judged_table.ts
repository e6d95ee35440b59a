import { Random } from '../../../lib/numbers/random';

/** A table whose scores can be trusted, or that is spoiled in a known way. */
export interface JudgedTable {
  readonly name: string;
  /** What spoils it; undefined for a table without a fault. */
  readonly fault?: 'repeated values' | 'order' | 'leak' | 'equal rows';
  /** The column that should be named, if one is to blame. */
  readonly column?: string;
  readonly target: string;
  readonly rows: readonly Readonly<Record<string, string | number | boolean | Date | null>>[];
}

export type Row = Record<string, string | number | boolean | Date | null>;

export const day = 86_400_000;
export const words =
  'river stone light market paper window garden copper engine letter winter harbour signal bridge cotton silver forest motor candle basket'.split(
    ' ',
  );
export const cities = [
  'Bern',
  'Basel',
  'Genf',
  'Chur',
  'Biel',
  'Thun',
  'Uster',
  'Zug',
  'Olten',
  'Aarau',
  'Baden',
  'Wil',
];

export class Draw extends Random {
  pick<T>(list: readonly T[]): T {
    return list[this.index(list.length)]!;
  }
  /** Few values are frequent, many are rare. */
  skewed<T>(list: readonly T[]): T {
    return list[Math.floor(list.length * this.uniform() ** 2)]!;
  }
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }
  whole(low: number, high: number): number {
    return low + this.index(high - low + 1);
  }
  heavy(): number {
    return Math.exp(1.5 * this.normal());
  }
  isLikely(logit: number): boolean {
    return this.uniform() < 1 / (1 + Math.exp(-logit));
  }
  text(count: number, of: readonly string[] = words): string {
    return Array.from({ length: count }, () => this.skewed(of)).join(' ');
  }
}

export const make = (count: number, seed: number, rowOf: (draw: Draw, row: number) => Row): Row[] => {
  const draw = new Draw(seed);
  return Array.from({ length: count }, (_, row) => rowOf(draw, row));
};

export type Maker = (seed: number) => Omit<JudgedTable, 'name' | 'fault'>;

export const shuffled = (rows: readonly Row[], seed: number): Row[] => {
  const order = new Draw(seed).permutation(rows.length);
  return Array.from(order, (row) => rows[row]!);
};
