import type { NativeArray, NativeOptimizerOptions } from '../addon/index.js';
import { stepSettings } from '../addon/records.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative, positive } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import type { Schedule } from '../schedules/index.js';
import { type PlateauSchedule, plateausIn } from '../schedules/reduce_on_plateau.js';
import { isSchedule } from '../schedules/schedule.js';
import { type Average, checkAverage, weightAt } from './average.js';
import {
  type BoundRule,
  bindRule,
  checkHyperparameter,
  checkRule,
  type Hyperparameter,
  needsShape,
  overridden,
  type Rule,
  rulesForSparse,
  scheduled,
} from './rule.js';

/** How gradients are shortened before the rule sees them. */
export type Clip =
  /** Scaled so that the norm of all of them is at most this. */
  | { norm: Hyperparameter }
  /** Each number held within ± this. */
  | { value: Hyperparameter }
  /**
   * Scaled unit by unit, so that a unit's gradient is at most this times the norm of the unit's parameters, these counted as
   * `epsilon` (default 1e-3) at least. Units are the columns of a matrix, as the weights of `dense` are laid out, or its rows, as
   * PyTorch's are; a vector is one unit (Brock et al. 2021, https://arxiv.org/abs/2102.06171).
   */
  | { adaptive: Hyperparameter; epsilon?: number | undefined; units?: 'columns' | 'rows' | undefined };

/** What wraps a rule, in an `Optimizer` as in `fit`. */
export interface StepOptions {
  /** How gradients are shortened. Default: not at all. */
  clip?: Clip | undefined;
  /** An average of the parameters over steps: `polyak()`, `ema()` or `swa()`. Default: none. */
  average?: Average | undefined;
  /** Takes a step for every so many gradients, with their mean. Default 1. */
  accumulate?: number | undefined;
  /**
   * What to do about a gradient (of a model, or a loss) that holds NaN or an infinity: throw `ERR_NON_FINITE`, or skip and count it.
   * A model's step by which the parameters would overflow throws in either case.
   */
  onNonFinite?: 'throw' | 'skip' | undefined;
  /** How moving averages of arrays of 4,096 numbers or more are stored. Default `'full'`, in the type of the parameters. */
  state?: 'full' | 'bfloat16' | 'uint8' | undefined;
  /** Climbs instead of descending. Default false. */
  maximize?: boolean | undefined;
  /**
   * What a step does to rows of a matrix that a sparse gradient leaves out. `'exact'`, the default: as much as a gradient of zeros,
   * made up for later. `'lazy'`: nothing. A row then takes part only in the steps that touch it, as under PyTorch's `SparseAdam`:
   * its moments don't fade and its weights don't decay in between. For `sgd`, `momentum`, `adagrad`, `rowWiseAdagrad`, `adam`, `adamw` and
   * `radam`.
   */
  sparse?: 'exact' | 'lazy' | undefined;
}

export const stepOptions = ['clip', 'average', 'accumulate', 'onNonFinite', 'state', 'maximize', 'sparse'] as const;

/** Parameters that share their options. */
export interface Group {
  /** In messages. */
  name: string;
  /** Options of the rule that it has of its own; or another rule, as `rule`. */
  overrides: object;
  /** Whether its weights decay. */
  decay: boolean;
  frozen: boolean;
  /** `isShaped` is false where only the length is known; `outputs` is the side of a layer's weights that its outputs are along. */
  arrays: readonly { shape: readonly number[]; isShaped: boolean; outputs?: 'columns' | undefined }[];
}

/** A rule with its wrappers and groups, as records of numbers: one for each step. */
export class Plan {
  /** The rule as it was given, checked. */
  readonly rule: Rule;
  readonly native: NativeOptimizerOptions;
  /** The arrays of all groups in turn. */
  readonly arrays: readonly NativeArray[];
  readonly accumulate: number;
  readonly average: Average | undefined;
  readonly onNonFinite: 'throw' | 'skip' | undefined;
  /** Whether gradients are taken at another point than θ: where the rule says, and at the worst point nearby. */
  readonly hasGradientPoint: boolean;
  readonly sharpens: boolean;
  /** Whether the model is to be evaluated at another point than θ: at an average, or where the rule says. */
  readonly evaluatesElsewhere: boolean;
  readonly schedules: readonly Schedule[];
  /** Those among the schedules, or in them, that learn from a metric. */
  readonly plateaus: readonly PlateauSchedule[];
  readonly recordLength: number;
  readonly #hindrance: string | undefined;
  readonly #groups: readonly { bound: BoundRule; decay: boolean }[];
  readonly #clip: Hyperparameter;
  readonly #clipName: string;
  readonly #radius: Hyperparameter;
  readonly #lookahead: { steps: number; alpha: number } | undefined;

  constructor(name: string, rule: Rule, options: StepOptions, groups: readonly Group[]) {
    this.rule = checkRule(name, rule);
    const wrappers: Record<string, Rule> = {};
    let inner = this.rule;
    for (; inner.rule !== undefined; inner = inner.rule as Rule) wrappers[inner.name] = inner;
    const { sam, lookahead } = wrappers;

    // A group of ours falls in two where the rule treats matrices otherwise than vectors.
    const bound: { bound: BoundRule; decay: boolean }[] = [];
    const arrays: (NativeArray & { mayBeSparse: boolean })[] = [];
    for (const { name, overrides, decay, frozen, arrays: members } of groups) {
      const own = overridden(name, inner, overrides);
      const indices = new Map<string, number>();
      const indexFor = (isMatrix: boolean, outputs?: 'columns'): number => {
        const candidate = bindRule(own, isMatrix, outputs);
        if (!indices.has(candidate.kernel)) indices.set(candidate.kernel, bound.push({ bound: candidate, decay }) - 1);
        return indices.get(candidate.kernel)!;
      };
      for (const { shape, isShaped, outputs } of members) {
        if (!isShaped && needsShape(own))
          throw errorWith(
            'ERR_INVALID_ARGUMENT',
            `${own.name} needs the shapes of parameters: give parameters[${arrays.length}] as { data, shape: [rows, columns] }`,
          );
        const group = indexFor(shape.length > 1, outputs);
        arrays.push({ shape, group, frozen, mayBeSparse: false, isOneMatrix: outputs !== undefined });
      }
      if (members.length === 0) indexFor(true);
    }
    this.#groups = bound;
    const first = bound[0]!.bound;
    if (bound.some(({ bound }) => bound.maximize !== first.maximize))
      throw errorWith('ERR_INVALID_ARGUMENT', 'all groups maximize, or none');

    const { name: clipName, clipping, limit, epsilon } = checkClip(options.clip);
    this.#clip = limit;
    this.#clipName = clipName;
    this.#radius = sam ? (sam.radius as Hyperparameter) : 0;
    this.#lookahead = lookahead as unknown as { steps: number; alpha: number } | undefined;
    this.hasGradientPoint = bound.some(({ bound }) => bound.formula.hasGradientPoint);
    this.sharpens = sam !== undefined;
    this.accumulate = checkInteger('accumulate', orDefault(options.accumulate, 1), 1);
    this.average = options.average === undefined ? undefined : checkAverage(options.average);
    this.evaluatesElsewhere = this.average !== undefined || bound.some(({ bound }) => bound.formula.hasEvaluationPoint);
    this.onNonFinite =
      options.onNonFinite === undefined ? undefined : checkOneOf('onNonFinite', options.onNonFinite, ['throw', 'skip']);
    this.schedules = [
      ...[this.#clip, this.#radius].filter(isSchedule),
      ...this.#groups.flatMap(({ bound }) => bound.schedules),
    ];
    this.plateaus = [...new Set(this.schedules.flatMap(plateausIn))];
    this.native = {
      rules: bound.map(({ bound }) => bound.kernel),
      maximize: first.maximize || checkBoolean('maximize', orDefault(options.maximize, false)),
      clipping,
      clippingEpsilon: epsilon,
      checksFinite: this.onNonFinite !== undefined,
      accumulates: this.accumulate > 1,
      averages: this.average !== undefined,
      looksBack: lookahead !== undefined,
      scheduled: this.schedules.length > 0 || this.average !== undefined || lookahead !== undefined,
      state: checkOneOf('state', orDefault(options.state, 'full'), ['full', 'bfloat16', 'uint8']),
      rowsRest: checkOneOf('sparse', orDefault(options.sparse, 'exact'), ['exact', 'lazy']) === 'lazy',
    };
    if (this.native.state !== 'full' && !bound.some(({ bound }) => bound.formula.hasMoments))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `state "${this.native.state}" is for rules that keep moving averages, which ${inner.name} does not`,
      );
    // Sparse gradients touch some rows of a matrix; what needs all numbers at each step keeps them out.
    const dense = {
      'clip: { adaptive }': clipping === 'columns' || clipping === 'rows',
      average: this.native.averages,
      accumulate: this.native.accumulates,
      lookahead: this.native.looksBack,
      sam: this.sharpens,
      state: this.native.state !== 'full',
    };
    const [hindrance] = Object.entries(dense).find(([, isSet]) => isSet) ?? [];
    this.#hindrance = hindrance;
    if (this.native.rowsRest) this.#checkLazy(inner.name);
    for (const array of arrays) array.mayBeSparse = hindrance === undefined && array.shape.length === 2;
    this.arrays = arrays;
    this.recordLength = stepSettings.length + this.#groups.reduce((sum, { bound }) => sum + bound.width, 0);
  }

  #checkLazy(rule: string): void {
    if (this.#hindrance)
      throw errorWith('ERR_INVALID_ARGUMENT', `sparse "lazy" does not go with the option ${this.#hindrance}`);
    const sparse = this.#groups.map(({ bound }) => bound).filter(({ formula }) => formula.takesSparse);
    if (sparse.length === 0)
      throw errorWith('ERR_INVALID_ARGUMENT', `sparse "lazy": ${rule} takes no sparse gradients`);
    const following = sparse.find(({ formula }) => formula.followsHyperparameters);
    if (following)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `sparse "lazy" is not for ${following.rule.name}, whose parameters follow from its state in any step`,
      );
  }

  /** Why an array takes no sparse gradients, as a sentence's end; or undefined, where it does. */
  whyNotSparse(array: number): string | undefined {
    const { shape, group } = this.arrays[array]!;
    const { bound } = this.#groups[group]!;
    if (shape.length !== 2) return 'it is no matrix: give it as { data, shape: [rows, columns] }';
    if (shape.includes(0)) return 'it has no elements';
    if (!bound.formula.takesSparse)
      return `${bound.rule.name} with its options needs the gradients of all rows; by default, ${rulesForSparse().join(', ')} don't`;
    return this.#hindrance && `the option ${this.#hindrance} needs the gradients of all rows`;
  }

  /** Whether an array can be given sparse gradients and is moved by them. */
  takesSparse(array: number): boolean {
    return !this.arrays[array]!.frozen && this.whyNotSparse(array) === undefined;
  }

  /** Whether a history of a group's steps, as `IdleSteps` in native/core/optimizers/idle_steps.h keeps it, has hyperparameters as the rule has them. */
  allowsHistory(group: number, history: Float64Array): boolean {
    const { bound } = this.#groups[group]!;
    for (let at = 1; at < history.length; at += bound.width) {
      const isWritten = history.subarray(at, at + bound.width).some((x) => x !== 0);
      if (isWritten && !bound.allows(history, at)) return false;
    }
    return true;
  }

  /** η of a step, 0 for the first, in the first group. */
  learningRate(step: number): number {
    return this.#groups[0]!.bound.learningRate(step);
  }

  /** Writes the record of a step (0 for the first) at `offset`. */
  fill(record: Float64Array, offset: number, step: number): void {
    const { steps = 0, alpha = 0 } = this.#lookahead ?? {};
    const { at } = stepSettings;
    record[offset + at.clip] = scheduled(this.#clipName, this.#clip, step, nonNegative);
    record[offset + at.averageWeight] = this.average ? weightAt(this.average, step + 1) : 0;
    record[offset + at.slowWeight] = steps > 0 && (step + 1) % steps === 0 ? alpha : 0;
    record[offset + at.radius] = scheduled('sam.radius', this.#radius, step, nonNegative);
    let next = offset + stepSettings.length;
    for (const { bound, decay } of this.#groups) {
      bound.fill(record, next, step, decay);
      next += bound.width;
    }
  }
}

function checkClip(clip: Clip | undefined): {
  name: string;
  clipping: NativeOptimizerOptions['clipping'];
  limit: Hyperparameter;
  epsilon: number;
} {
  if (clip === undefined) return { name: 'clip', clipping: 'none', limit: 0, epsilon: 0 };
  checkOptions('clip', clip, ['norm', 'value', 'adaptive', 'epsilon', 'units']);
  const given = clip as { [key in 'norm' | 'value' | 'adaptive']?: Hyperparameter } & {
    epsilon?: number;
    units?: string;
  };
  const kinds = (['norm', 'value', 'adaptive'] as const).filter((key) => given[key] !== undefined);
  if (kinds.length !== 1) throw invalid('clip', 'one of { norm }, { value } and { adaptive }', clip);
  const kind = kinds[0]!;
  const name = `clip.${kind}`;
  for (const key of ['epsilon', 'units'] as const)
    if (kind !== 'adaptive' && given[key] !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', `clip.${key} goes with clip.adaptive`);
  return {
    name,
    clipping:
      kind === 'adaptive' ? checkOneOf('clip.units', orDefault(given.units, 'columns'), ['columns', 'rows']) : kind,
    limit: checkHyperparameter(name, given[kind], nonNegative),
    epsilon: checkNumber('clip.epsilon', orDefault(given.epsilon, 1e-3), positive),
  };
}
