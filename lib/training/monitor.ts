import { checkOneOf } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { type MetricList, type Mode, metricNames, modeOf } from '../metrics/metric.js';

/**
 * A score of an epoch that `reduceOnPlateau` schedules and early stopping can observe. Metrics of the validation are
 * named as in `metrics`, for example `'validation.auc'`.
 */
export type Monitor = 'loss' | 'accuracy' | `validation.${string}`;

/** The scores that the epochs of a run have. */
export interface ScoresOfEpochs {
  validates: boolean;
  metrics: MetricList;
}

/** Where the core finds a monitor's score, and whether small or large ones are good. */
export interface Place {
  part: 'training' | 'validation';
  score: 'loss' | 'accuracy' | 'metric';
  /** The index of a metric. */
  metric: number;
  mode: Mode;
}

const known: readonly Monitor[] = ['loss', 'accuracy', 'validation.loss', 'validation.accuracy'];

export function placeOf(monitor: Monitor, { metrics }: ScoresOfEpochs): Place {
  const part = monitor.startsWith('validation.') ? 'validation' : 'training';
  const name = monitor.slice(monitor.indexOf('.') + 1);
  const metric = metrics.apart.findIndex(({ as }) => as === name);
  if (part === 'validation' && metric >= 0)
    return { part, score: 'metric', metric, mode: modeOf(metrics.apart[metric]!)! };
  const score = name === 'loss' ? 'loss' : 'accuracy';
  return { part, score, metric: 0, mode: score === 'loss' ? 'min' : 'max' };
}

/** The score of a monitor in the report of an epoch. */
export function scoreOf(monitor: Monitor, report: object): number {
  return monitor
    .split('.')
    .reduce<unknown>((scores, name) => (scores as Record<string, unknown>)[name], report) as number;
}

/** The default monitor. */
export const usualMonitor = ({ validates }: ScoresOfEpochs): Monitor => (validates ? 'validation.loss' : 'loss');

/** @throws TypeError unless `given` is a score that the epochs of the run have, and a number. */
export function checkMonitor(name: string, given: unknown, scores: ScoresOfEpochs): Monitor {
  const { metrics, validates } = scores;
  if (typeof given !== 'string') throw invalid(name, `one of ${known.join(', ')}, validation.<metric>`, given);
  const metric = metrics.apart.find(({ as }) => given === `validation.${as}`);
  const asked = metricNames().find((each) => given === `validation.${each}` || given === each);
  if (metric === undefined && asked !== undefined && asked !== 'accuracy') {
    if (given === asked && metrics.apart.some(({ as }) => as === asked))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `${name} "${given}" is computed on validation data: "validation.${given}"`,
      );
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} "${given}" needs metrics: ['${asked}']`);
  }
  const monitor = checkOneOf(name, given, [...known, ...metrics.apart.map(({ as }) => `validation.${as}` as const)]);
  if (monitor.startsWith('validation.') && !validates)
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} "${monitor}" needs the option validation`);
  if (metric !== undefined && modeOf(metric) === undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} "${monitor}" is not a number`);
  if (metric === undefined && monitor.endsWith('accuracy') && !metrics.accuracy)
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} "${monitor}" needs metrics: ['accuracy']`);
  return monitor;
}
