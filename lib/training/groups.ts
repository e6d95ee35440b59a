import type { NativeTensor } from '../addon/index.js';
import { isArray, isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, checkOneOf, orDefault } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import type { Rule } from '../optimizers/rule.js';

/** Tensors with their own options of the rule, as `{ tensors: ['layers.0.weight'], learningRate: 1e-4 }`. */
export interface TensorGroup {
  /** Names of tensors, as in `model.tensors`. */
  readonly tensors: readonly string[];
  /** Whether they are left unchanged. Default false. */
  readonly frozen?: boolean | undefined;
  /** Another rule for these tensors. Default: that of the training. */
  readonly rule?: Rule | undefined;
  readonly [option: string]: unknown;
}

/**
 * The groups of a network's tensors. Each becomes two: the tensors that decay, and those that decay only if the group
 * has a `weightDecay`. First come the tensors that no group names, last the statistics, which are frozen.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for an unknown tensor, or one in two groups.
 */
export function groupsOf(native: readonly NativeTensor[], given: readonly TensorGroup[] = []) {
  const tensors = native.map((tensor) => Object.assign(tensor, { isShaped: true }));
  const trained = tensors.filter(({ trains }) => trains);
  const left = new Set(trained);
  const take = (name: unknown) => {
    checkOneOf(
      'tensor',
      name,
      trained.map((tensor) => tensor.name),
    );
    const tensor = trained.find((tensor) => tensor.name === name)!;
    if (!left.delete(tensor)) throw errorWith('ERR_INVALID_ARGUMENT', `tensor "${name}" is in two groups`);
    return tensor;
  };
  const groups = checkArray('groups', given, 'an array of groups { tensors, … }', (group, i) => {
    const { tensors: names, frozen, ...overrides }: Partial<TensorGroup> = isObject(group) ? group : {};
    if (!isArray(names)) throw invalid(`groups[${i}]`, 'an object with the names of tensors', group);
    return {
      name: `groups[${i}]`,
      overrides,
      frozen: checkBoolean(`groups[${i}].frozen`, orDefault(frozen, false)),
      arrays: checkArray(`groups[${i}].tensors`, names, 'an array', take),
    };
  });
  groups.unshift({ name: 'the other tensors', overrides: {}, frozen: false, arrays: [...left] });
  const statistics = tensors.filter(({ trains }) => !trains);
  if (statistics.length > 0) groups.push({ name: 'statistics', overrides: {}, frozen: true, arrays: statistics });
  return groups.flatMap(({ arrays, ...group }) => {
    const { weightDecay } = group.overrides as { weightDecay?: unknown };
    return [
      { ...group, decay: true, arrays: arrays.filter(({ decays }) => decays) },
      { ...group, decay: weightDecay !== undefined, arrays: arrays.filter(({ decays }) => !decays) },
    ];
  });
}
