import type { TrainReport } from '../../tables/index.js';

/** What a report has scores of, with its name for people, in the order of columns. */
const names = {
  constant: 'Constant',
  linear: 'Linear',
  persistence: 'Last value',
  nearest: 'Nearest rows',
  network: 'Network',
} as const;

/** What models and baselines predict, as parts of a sentence. */
const meanings: Partial<Record<keyof typeof names, string>> = {
  constant: 'constant is the best prediction that is the same for all rows',
  linear: 'linear is the linear model',
  persistence: 'last value is the last earlier value of the target',
  nearest: 'nearest rows predicts by the training rows that are most alike',
};

/** What the columns of a table of scores are, as a sentence. */
export const comparedText = (report: TrainReport): string =>
  `For comparison, ${comparedIn(report)
    .flatMap(({ kind }) => meanings[kind] ?? [])
    .join('; ')}.`;

/** The models and baselines that a report has scores of. */
export const comparedIn = ({
  scores,
}: Pick<TrainReport, 'scores'>): { readonly kind: keyof typeof names; readonly name: string }[] =>
  (Object.keys(names) as (keyof typeof names)[])
    .filter((kind) => scores[kind] !== undefined)
    .map((kind) => ({ kind, name: names[kind] }));
