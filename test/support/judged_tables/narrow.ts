import { type Draw, type Maker, make, type Row } from './judged_table';

const sortedBy = (rows: readonly Row[], name: string): Row[] =>
  rows.toSorted((a, b) => (a[name] as number) - (b[name] as number));

const rounded = (d: Draw, digits: number): number => Number(d.normal().toFixed(digits));

/** Independent rows of few columns, of few different values, or sorted by a column. */
export const narrow: Record<string, Maker> = {
  'a number and a class': (seed) => ({
    target: 'y',
    rows: make(2000, seed, (d) => {
      const a = rounded(d, 4);
      return { a, y: d.uniform() < (a > 0 ? 0.8 : 0.2) ? 'yes' : 'no' };
    }),
  }),
  'a number and three classes': (seed) => ({
    target: 'y',
    rows: make(2000, seed, (d) => {
      const a = d.normal();
      const b = a + d.normal();
      return { a, y: b > 1 ? 'p' : b > 0 ? 'q' : 'r' };
    }),
  }),
  'a number, a word and a rare class': (seed) => ({
    target: 'y',
    rows: make(2000, seed, (d) => ({ a: rounded(d, 3), word: d.pick(['x', 'y']), y: d.uniform() < 0.03 ? 'p' : 'q' })),
  }),
  'a score and its grade': (seed) => ({
    target: 'grade',
    rows: make(2000, seed, (d) => {
      const score = d.whole(0, 100);
      return { score, grade: score >= 90 ? 'A' : score >= 75 ? 'B' : score >= 50 ? 'C' : 'F' };
    }),
  }),
  'curves of one number': (seed) => ({
    target: 'y',
    rows: make(1500, seed, (d) => {
      const x = d.between(0, 10);
      return { x, square: x * x, sine: Math.sin(x), y: d.isLikely(x - 5) };
    }),
  }),
  'places within places': (seed) => ({
    target: 'late',
    rows: make(1500, seed, (d) => {
      const [zip, late] = [d.whole(0, 99), d.uniform() < 0.3];
      return { zip: `z${zip}`, town: `t${zip % 40}`, region: `r${zip % 8}`, late };
    }),
  }),
  'five rows, many times': (seed) => ({
    target: 'y',
    rows: make(200, seed, (_, row) => ({ x: row % 5, y: row % 5 > 2 ? 'a' : 'b' })),
  }),
  'sorted by a number': (seed) => ({
    target: 'y',
    rows: sortedBy(
      make(800, seed, (d) => {
        const a = rounded(d, 3);
        return { a, b: rounded(d, 3), y: Math.sin(2 * a) + 0.3 * d.normal() };
      }),
      'a',
    ),
  }),
  'sorted by age': (seed) => ({
    target: 'pressure',
    rows: sortedBy(
      make(900, seed, (d) => {
        const age = d.whole(18, 80);
        return { age, weight: d.between(50, 100), pressure: 100 + 0.01 * (age - 20) ** 2 + 5 * d.normal() };
      }),
      'age',
    ),
  }),
  'a straight line with noise': (seed) => ({
    target: 'y',
    rows: make(1500, seed, (d) => {
      const a = d.between(0, 10);
      return { a, b: d.normal(), y: 2 * a + 0.8 * d.normal() };
    }),
  }),
  'thirteen values with noise': (seed) => ({
    target: 'y',
    rows: make(300, seed, (d, row) => ({ x: row % 13, z: row % 7, y: 2 * (row % 13) + d.normal() })),
  }),
  'mostly zero': (seed) => ({
    target: 'wet',
    rows: make(1500, seed, (d) => {
      const rain = d.uniform() < 0.6 ? 0 : d.heavy();
      return { rain, hour: d.whole(0, 23), weekday: d.whole(0, 6), wet: d.isLikely(rain - 1) };
    }),
  }),
};
