import { clean } from './clean';
import { doubled } from './doubled';
import type { JudgedTable, Maker } from './judged_table';
import { leaking } from './leaking';
import { narrow } from './narrow';
import { ordered } from './ordered';
import { repeated } from './repeated';

const listed = (makers: Record<string, Maker>, seeds: readonly number[], fault?: JudgedTable['fault']): JudgedTable[] =>
  Object.entries(makers).flatMap(([name, maker]) =>
    seeds.map((seed) => ({ name: `${name} (${seed})`, ...(fault && { fault }), ...maker(seed) })),
  );

/** Tables of independent rows: 32 for each seed. */
export const cleanTables = (seeds: readonly number[] = [1, 2]): JudgedTable[] => listed({ ...clean, ...narrow }, seeds);

/** Spoiled tables: at least ten of each fault. */
export const spoiledTables = (seed = 1): JudgedTable[] => [
  ...listed(repeated, [seed], 'repeated values'),
  ...listed(ordered, [seed], 'order'),
  ...listed(leaking, [seed], 'leak'),
  ...listed(doubled, [seed], 'equal rows'),
];
