import { isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { named } from '../checks/named.js';
import { checkOneOf, checkOptions } from '../checks/options.js';
import { invalid, shown } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { classifies, type Loss } from '../losses/loss.js';

/** Names of metrics. */
export type MetricName =
  | 'accuracy'
  | 'topK'
  | 'logLoss'
  | 'auc'
  | 'averagePrecision'
  | 'f1'
  | 'precision'
  | 'recall'
  | 'balancedAccuracy'
  | 'confusionMatrix'
  | 'calibrationError'
  | 'meanAbsoluteError'
  | 'rootMeanSquaredError'
  | 'r2'
  | 'quantileLoss';

/** A metric with its options: a frozen plain object, made by a function of `metrics`. */
export interface Metric<Kind extends MetricName = MetricName, Name extends string = string> {
  readonly name: Kind;
  /** Its name in results and for `monitor`. */
  readonly as: Name;
  readonly [option: string]: string | number;
}

/** An entry of the option `metrics`. A name stands for the metric with its defaults. */
export type MetricLike = MetricName | Metric;

/** The option of all metrics. */
export interface Naming<Name extends string> {
  /** Name of the result. Default: the name of the metric. */
  as: Name;
}

/** Makes a metric from its options. Two signatures, since the type of the result depends on whether there is a name. */
export interface MetricMaker<Kind extends MetricName, Own> {
  <const Name extends string>(options: Own & Naming<Name>): Metric<Kind, Name>;
  (options?: Own & { as?: undefined }): Metric<Kind, Kind>;
}

/** Whether larger or smaller values of a metric are better. */
export type Mode = 'max' | 'min';

interface Definition<Own> {
  /** What it scores: decisions about classes or answers, or predicted numbers. */
  of: 'classes' | 'numbers';
  /** Undefined if the result is not a number. */
  mode: Mode | undefined;
  /** Names of its options beside `as`. */
  options?: readonly (keyof Own & string)[];
  /** Checks options, and returns those that the metric keeps. */
  check?: (options: Own) => Record<string, string | number>;
}

interface Entry extends Pick<Definition<never>, 'of' | 'mode'> {
  make: (options: object) => Metric;
}

const registry = new Map<MetricName, Entry>();

/** Registers a metric, and returns the function that makes it from options and checks them. */
export function defineMetric<Kind extends MetricName, Own extends object = Record<never, never>>(
  name: Kind,
  { of, mode, options: known = [], check }: Definition<Own>,
): MetricMaker<Kind, Own> {
  const names: readonly string[] = [...known, 'as'];
  const make = (options: Own & { as?: unknown } = {} as Own) => {
    checkOptions(`metrics.${name}`, options, names);
    return Object.freeze({ name, as: checkName(options.as, name), ...check?.(options) });
  };
  registry.set(name, { of, mode, make: make as (options: object) => unknown as Entry['make'] });
  return named(name, make as MetricMaker<Kind, Own>);
}

/** Names in results besides those of metrics. */
const taken = ['loss'];

function checkName(given: unknown, otherwise: string): string {
  if (given === undefined) return otherwise;
  if (typeof given !== 'string' || !/^[A-Za-z]\w{0,79}$/.test(given))
    throw invalid('as', 'a name of letters and digits', given);
  if (taken.includes(given)) throw errorWith('ERR_INVALID_ARGUMENT', `as: results already have a "${given}"`);
  return given;
}

export const metricNames = (): MetricName[] => [...registry.keys()];

/** @throws TypeError, RangeError if `metric` is neither the name of a metric nor a metric. */
export function checkMetric(metric: unknown): Metric {
  const names = metricNames();
  if (typeof metric === 'string') return registry.get(checkOneOf('metric', metric, names))!.make({});
  if (!isObject(metric) || !('name' in metric))
    throw invalid('metric', `one of ${names.join(', ')}, or a metric such as metrics.topK({ k: 5 })`, metric);
  const { name, ...options } = metric;
  return registry.get(checkOneOf('metric', name, names))!.make(options);
}

/** Metrics to report beside a loss, checked. */
export interface MetricList {
  readonly metrics: readonly Metric[];
  /** Whether the loss computes the accuracy beside its value, for training and validation alike. */
  readonly accuracy: boolean;
  /** The metrics that are computed apart from the loss. */
  readonly apart: readonly Metric[];
}

/**
 * @param calibration How logits are read. If it moves decisions, the accuracy is computed apart from the loss.
 * @throws TypeError, RangeError for metrics that don't fit, or that have no meaning under the loss.
 */
export function checkMetrics(
  given: unknown,
  loss: Loss,
  { intercept }: { intercept: number } = { intercept: 0 },
): MetricList {
  const list = checkArray('metrics', given, 'an array', checkMetric);
  for (const [i, { name, as }] of list.entries()) {
    if ((registry.get(name)!.of === 'classes') !== classifies(loss))
      throw errorWith('ERR_INVALID_ARGUMENT', `${name} has no meaning under the loss ${loss.name}`);
    if (list.findIndex((other) => other.as === as) < i)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `two metrics are called ${shown(as)}: give one another name, as metrics.${name}({ …, as: "${as}2" })`,
      );
  }
  const apart = list.filter((metric) => intercept !== 0 || !isOfLoss(metric));
  return { metrics: Object.freeze(list), accuracy: apart.length < list.length, apart };
}

/** Whether a metric is the accuracy that a loss computes beside its value. */
const isOfLoss = ({ name, as, threshold }: Metric): boolean =>
  name === 'accuracy' && as === 'accuracy' && threshold === undefined;

/** Whether a metric scores decisions about classes or answers, or predicted numbers. */
export const subjectOf = ({ name }: Metric): 'classes' | 'numbers' => registry.get(name)!.of;

/** Whether larger or smaller values are better; undefined if the result is not a number. */
export const modeOf = ({ name }: Metric): Mode | undefined => registry.get(name)!.mode;
