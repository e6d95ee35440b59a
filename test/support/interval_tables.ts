import { Random } from '../../lib/numbers/random';
import type { RowObject } from '../../lib/tables/readers/rows';
import { normal, range } from './numbers';

/** A kind of table with a number `y` to predict. */
export interface IntervalTable {
  readonly name: string;
  readonly rows: number;
  /** The column of groups. */
  readonly by?: string;
  /** As many rows. Rows of another seed are further rows of the same kind, of other groups. */
  draw(rows: number, seed: number): RowObject[];
}

/** What a row is drawn from. */
interface Draws {
  uniform(): number;
  normal(): number;
}

const tableOf = (
  name: string,
  rows: number,
  rowOf: (draws: Draws, row: number, before: readonly RowObject[]) => RowObject,
): IntervalTable => ({
  name,
  rows,
  draw(count, seed) {
    const random = new Random(seed);
    const draws = { uniform: () => random.uniform(), normal: normal(seed + 1_000_000) };
    const drawn: RowObject[] = [];
    for (const row of range(count)) drawn.push(rowOf(draws, row, drawn));
    return drawn;
  },
});

const words = 'red blue green quick slow bright dark old new cold warm tall small round flat deep'.split(' ');

/** Ten kinds of tables: what errors are like differs, and so does what they depend on. */
export const intervalTables: readonly IntervalTable[] = [
  tableOf('linear', 1000, ({ normal: z }) => {
    const [a, b] = [z(), z()];
    return { a, b, y: 2 * a - b + z() };
  }),
  tableOf('not linear', 1500, ({ normal: z }) => {
    const [a, b] = [z(), z()];
    return { a, b, y: 2 * Math.sin(2 * a) + a * b + 0.5 * z() };
  }),
  tableOf('heavy tails', 1000, ({ normal: z }) => {
    const [a, b] = [z(), z()];
    return { a, b, y: a + b + z() / Math.sqrt((z() ** 2 + z() ** 2 + z() ** 2) / 3) };
  }),
  tableOf('errors that grow', 1000, ({ uniform, normal: z }) => {
    const [a, b] = [3 * uniform(), z()];
    return { a, b, y: 2 * a + b + a * z() };
  }),
  {
    ...tableOf('groups', 1000, () => ({})),
    by: 'house',
    draw(count, seed) {
      const z = normal(seed);
      const effects = range(Math.ceil(count / 10)).map(z);
      return range(count).map((row) => {
        const a = z();
        return { house: `${seed}-${Math.floor(row / 10)}`, a, y: a + effects[Math.floor(row / 10)]! + 0.7 * z() };
      });
    },
  },
  tableOf('200 rows', 200, ({ normal: z }) => {
    const [a, b, c] = [z(), z(), z()];
    return { a, b, c, y: a + b * b - c + z() };
  }),
  tableOf('skewed', 1000, ({ normal: z }) => {
    const [a, b] = [z(), z()];
    return { a, b, y: Math.exp(1 + 0.5 * a - 0.3 * b + 0.6 * z()) };
  }),
  tableOf('categories', 1000, ({ uniform, normal: z }) => {
    const [c, d] = [Math.floor(30 * uniform()), Math.floor(5 * uniform())];
    return { c: `c${c}`, d: `d${d}`, y: ((c * 7) % 11) + 3 * d + 2 * z() };
  }),
  tableOf('text', 800, ({ uniform, normal: z }) => {
    const note = range(6).map(() => words[Math.floor(words.length * uniform())]!);
    return { note: note.join(' '), a: z(), y: note.reduce((sum, { length }) => sum + length - 4, 0) + z() };
  }),
  tableOf('duplicates', 1000, ({ uniform, normal: z }, row, before) => {
    if (row > 0 && uniform() < 0.3) return before[Math.floor(row * uniform())]!;
    const [a, b] = [Math.round(4 * z()) / 4, Math.round(4 * z()) / 4];
    return { a, b, y: a - b + z() };
  }),
];
