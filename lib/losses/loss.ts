import { isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkOneOf, checkOptions } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';

/** The names of all losses. */
export type LossName =
  | 'crossEntropy'
  | 'logistic'
  | 'squared'
  | 'absolute'
  | 'huber'
  | 'quantile'
  | 'poisson'
  | 'hinge'
  | 'squaredHinge';

/** A loss with all its options: a frozen plain object, as `losses` makes it. */
export interface Loss {
  readonly name: LossName;
  readonly [option: string]: string | number | readonly number[];
}

/** What an option that is a loss may be given as: a name stands for the loss with its defaults. */
export type LossLike = LossName | Loss;

/** Metrics: what is reported but never trained on. `accuracy` is the share of examples classified rightly, by weight. */
export const metrics = ['accuracy'] as const;
export type Metric = (typeof metrics)[number];

interface Definition<Options> {
  name: LossName;
  /** The options that it knows. */
  options: readonly (keyof Options & string)[];
  /** Checks those given, and returns what is set of them. */
  check?: (options: Options) => Record<string, number | readonly number[]>;
  /** Whether it tells right from wrong. */
  classifies?: boolean;
}

const registry = new Map<LossName, { make: (options: object) => Loss; classifies: boolean }>();

/** Registers a loss and returns the function that makes it from options, checked. */
export function defineLoss<Options extends object>({
  name,
  options: known,
  check,
  classifies = false,
}: Definition<Options>): (options?: Options) => Loss {
  const make = (options: Options = {} as Options) => {
    checkOptions(`losses.${name}`, options, known);
    return Object.freeze({ name, ...check?.(options) }) as Loss;
  };
  registry.set(name, { make: make as (options: object) => Loss, classifies });
  return make;
}

/** @throws TypeError, RangeError where `loss` is neither the name of a loss nor one of ours. */
export function checkLoss(loss: unknown): Loss {
  const names = [...registry.keys()];
  if (typeof loss === 'string') return registry.get(checkOneOf('loss', loss, names))!.make({});
  if (!isObject(loss) || !('name' in loss))
    throw invalid('loss', `one of ${names.join(', ')}, or a loss such as losses.huber({ delta: 2 })`, loss);
  const { name, ...options } = loss;
  return registry.get(checkOneOf('loss', name, names))!.make(options);
}

/** Whether accuracy is asked for. */
export function checkMetrics(given: unknown, loss: Loss): boolean {
  const list = checkArray('metrics', given, 'an array', (metric) => checkOneOf('metric', metric, metrics));
  if (list.includes('accuracy') && !registry.get(loss.name)!.classifies)
    throw errorWith('ERR_INVALID_ARGUMENT', `accuracy has no meaning under the loss ${loss.name}`);
  return list.includes('accuracy');
}
