import { isObject } from '../checks/kinds.js';
import { named } from '../checks/named.js';
import { checkOneOf, checkOptions } from '../checks/options.js';
import { invalid } from '../checks/shown.js';

export type LossName =
  | 'crossEntropy'
  | 'logistic'
  | 'squared'
  | 'absolute'
  | 'huber'
  | 'quantile'
  | 'poisson'
  | 'focal'
  | 'hinge'
  | 'squaredHinge';

/** A loss that is known by its name and has options that have no default. */

/** A loss with all its options: a frozen plain object, made by a function of `losses`. */
export interface Loss {
  readonly name: LossName | 'custom' | 'joint';
  readonly [option: string]: LossOption;
}

/** The value of an option of a loss. `losses.custom` has functions, `losses.joint` has losses. */
type LossOption = string | number | boolean | readonly (number | object)[] | ((...args: never[]) => unknown);

/** An option that is a loss. A name stands for the loss with its defaults. */
export type LossLike = LossName | Loss;

interface Definition<Options> {
  name: Loss['name'];
  /** Names of its options. */
  options: readonly (keyof Options & string)[];
  /** Checks options, and returns those that the loss keeps. */
  check?: (options: Options) => Record<string, LossOption>;
  /** Whether it is a loss of classes, or of answers of yes or no, under which accuracy has a meaning. */
  classifies?: boolean | 'neither';
}

const registry = new Map<Loss['name'], { make: (options: object) => Loss; classifies: boolean | 'neither' }>();

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
  return named(name, make);
}

/** @throws TypeError, RangeError if `loss` is neither the name of a loss nor a loss. */
export function checkLoss(loss: unknown): Loss {
  const kinds = [...registry.keys()];
  const names = kinds.filter((name) => name !== 'custom' && name !== 'joint');
  if (typeof loss === 'string') return registry.get(checkOneOf('loss', loss, names))!.make({});
  if (!isObject(loss) || !('name' in loss))
    throw invalid('loss', `one of ${names.join(', ')}, or a loss such as losses.huber({ delta: 2 })`, loss);
  const { name, ...options } = loss;
  return registry.get(checkOneOf('loss', name, kinds))!.make(options);
}

/** Whether it is a loss of classes, or of answers of yes or no; `'neither'` if it has several kinds of outputs. */
export const classifies = ({ name }: Loss): boolean | 'neither' => registry.get(name)!.classifies;
