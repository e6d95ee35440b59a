import type { NativeTally } from '../addon/index.js';
import type { Metric, MetricLike, MetricList, MetricName } from './metric.js';

type NameOf<M> = M extends Metric<MetricName, infer Name> ? Name : M extends string ? M : never;
/** The result of a metric: a number, or the rows of a confusion matrix. */
export type ResultOf<M> = M extends 'confusionMatrix' | Metric<'confusionMatrix'> ? number[][] : number;

/** The mean loss, and the result of each of the metrics `M` by its name. */
export type ScoresOf<M extends readonly MetricLike[]> = { loss: number } & {
  [Each in M[number] as NameOf<Each>]: ResultOf<Each>;
};

/** The results of metrics, in the order of the list. */
function resultsOf(
  { metrics, apart }: MetricList,
  accuracy: number | undefined,
  native: readonly (readonly number[])[],
): Record<string, number | number[][]> {
  return Object.fromEntries(
    metrics.map((metric) => [
      metric.as,
      apart.includes(metric) ? resultOf(metric, native[apart.indexOf(metric)]!) : accuracy!,
    ]),
  );
}

/** A tally of the addon as scores. */
export function scoresOf<M extends readonly MetricLike[]>(list: MetricList, tally: NativeTally): ScoresOf<M> {
  const { loss, accuracy, metrics } = tally;
  return { loss, ...resultsOf(list, accuracy, metrics ?? []) } as ScoresOf<M>;
}

/** The numbers of the addon for a metric as its result. */
export function resultOf({ name }: Metric, numbers: readonly number[]): number | number[][] {
  if (name !== 'confusionMatrix') return numbers[0]!;
  const classes = Math.sqrt(numbers.length);
  return Array.from({ length: classes }, (_, i) => numbers.slice(i * classes, (i + 1) * classes));
}
