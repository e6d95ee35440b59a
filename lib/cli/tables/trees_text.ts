import type { TrainReport } from '../../tables/index.js';

/**
 * For which tables boosted trees are still better, and by how much: the losses, ties and wins of `npm run bench -- tables`, whose table is in
 * docs/performance.md. Nothing for texts alone, for which trees are no alternative.
 */
export function treesLines({ kinds, leftOut, target }: Pick<TrainReport, 'kinds' | 'leftOut' | 'target'>): string[] {
  const read = Object.entries(kinds).filter(([name]) => name !== target && !leftOut.includes(name));
  if (read.every(([, kind]) => kind === 'text')) return [];
  return [
    'Boosted trees were not tried. Of 18 tables in the benchmark of this package, they had greater errors on nine, about equal ones on eight, and less on one (made prices of houses), by 1.3 %. They are most likely to be better for tables with many gaps and rare names: by 1 % for films, which may be chance.',
  ];
}
