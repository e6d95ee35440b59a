import { isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkOneOf, checkOptions } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';

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

/** A loss with all its options: a frozen plain object, made by a function of `losses`. */
export interface Loss {
  readonly name: LossName;
  readonly [option: string]: string | number | readonly number[];
}

/** An option that is a loss. A name stands for the loss with its defaults. */
export type LossLike = LossName | Loss;

export const metrics = ['accuracy'] as const;
/**
 * A score that is reported but not trained on. `accuracy` is the weighted fraction of examples that are classified
 * correctly.
 */
export type Metric = (typeof metrics)[number];

interface Definition<Options> {
  name: LossName;
  /** Names of its options. */
  options: readonly (keyof Options & string)[];
  /** Checks options, and returns those that a loss holds. */
  check?: (options: Options) => Record<string, number | readonly number[]>;
  /** Whether accuracy has a meaning under it. */
  classifies?: boolean;
}

const registry = new Map<LossName, { make: (options: object) => Loss; classifies: boolean }>();

/** Registers a loss, and returns the function that makes it from options and checks them. */
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

/** @throws TypeError, RangeError if `loss` is neither the name of a loss nor a loss. */
export function checkLoss(loss: unknown): Loss {
  const names = [...registry.keys()];
  if (typeof loss === 'string') return registry.get(checkOneOf('loss', loss, names))!.make({});
  if (!isObject(loss) || !('name' in loss))
    throw invalid('loss', `one of ${names.join(', ')}, or a loss such as losses.huber({ delta: 2 })`, loss);
  const { name, ...options } = loss;
  return registry.get(checkOneOf('loss', name, names))!.make(options);
}

/**
 * Whether `metrics` has accuracy.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for other metrics, or if the loss has no accuracy.
 */
export function checkMetrics(given: unknown, loss: Loss): boolean {
  const list = checkArray('metrics', given, 'an array', (metric) => checkOneOf('metric', metric, metrics));
  if (list.includes('accuracy') && !registry.get(loss.name)!.classifies)
    throw errorWith('ERR_INVALID_ARGUMENT', `accuracy has no meaning under the loss ${loss.name}`);
  return list.includes('accuracy');
}
