import type { TrainReport } from '../../tables/index.js';

/** What a report has scores of, with its name for people, in the order of columns. */
const names = {
  constant: 'Constant',
  linear: 'Linear',
  persistence: 'Last value',
  nearest: 'Nearest rows',
  network: 'Network',
} as const;

/** The models and baselines that a report has scores of. */
export const comparedIn = ({
  scores,
}: Pick<TrainReport, 'scores'>): { readonly kind: keyof typeof names; readonly name: string }[] =>
  (Object.keys(names) as (keyof typeof names)[])
    .filter((kind) => scores[kind] !== undefined)
    .map((kind) => ({ kind, name: names[kind] }));
