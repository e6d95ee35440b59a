import { clean } from './clean';
import { Draw, type Maker, make, type Row, shuffled } from './judged_table';

const twins = (
  rows: readonly Row[],
  seed: number,
  share: number,
  change: (row: Row, d: Draw) => Row = (row) => ({ ...row }),
): Row[] => {
  const d = new Draw(seed);
  return shuffled([...rows, ...rows.filter(() => d.uniform() < share).map((row) => change(row, d))], seed);
};

const jittered = (row: Row, d: Draw): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isInteger(value) ? value * (1 + 1e-4 * d.normal()) : value,
    ]),
  );

const noisyClasses = (seed: number, count = 500): Row[] =>
  make(count, seed, (d) => ({ a: d.normal(), b: d.normal(), c: d.normal(), e: d.normal(), kind: d.pick(['x', 'y']) }));

/** Tables with rows that are equal or nearly so. */
export const doubled: Record<string, Maker> = {
  'half of the rows twice': (seed) => ({ target: 'kind', rows: twins(noisyClasses(seed), seed, 0.5) }),
  'all rows twice': (seed) => ({ target: 'kind', rows: twins(noisyClasses(seed), seed, 1) }),
  'three copies of everything': (seed) => ({
    target: 'kind',
    rows: twins(twins(noisyClasses(seed, 300), seed, 1), seed + 1, 0.5),
  }),
  'copies that differ a little': (seed) => ({ target: 'kind', rows: twins(noisyClasses(seed), seed, 0.6, jittered) }),
  'numbers twice': (seed) => {
    const { rows, target } = clean['heavy tails and holes']!(seed);
    return { target, rows: twins(rows as Row[], seed, 0.4) };
  },
  'customers twice': (seed) => {
    const { rows, target } = clean['customers with cities']!(seed);
    return { target, rows: twins(rows as Row[], seed, 0.3) };
  },
  'texts twice': (seed) => {
    const { rows, target } = clean['reviews, two moods']!(seed);
    return { target, rows: twins(rows as Row[], seed, 0.4) };
  },
  'twenty rows, ten times each': (seed) => ({
    target: 'kind',
    rows: shuffled(Array.from({ length: 10 }, () => noisyClasses(seed, 20)).flat(), seed),
  }),
  'with new numbers': (seed) => {
    const rows = twins(noisyClasses(seed), seed, 0.5);
    return { target: 'kind', rows: rows.map((row, id) => ({ id, ...row })) };
  },
  'rare classes made frequent by copies': (seed) => {
    const { rows, target } = clean['a rare class']!(seed);
    const rare = rows.filter(({ fraud }) => fraud) as Row[];
    return { target, rows: shuffled([...(rows as Row[]), ...Array.from({ length: 10 }, () => rare).flat()], seed) };
  },
  'measurements repeated': (seed) => {
    const { rows, target } = clean.interactions!(seed);
    return { target, rows: twins(rows.slice(0, 700) as Row[], seed, 0.5, jittered) };
  },
};
