import type { FloatType, NativeArray, NativeOptimizerOptions } from '../addon/index.js';
import { stepSettings } from '../addon/records.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative, positive, wholeShare } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import type { Schedule } from '../schedules/index.js';
import { type PlateauSchedule, plateausIn } from '../schedules/reduce_on_plateau.js';
import { isOpen, isSchedule } from '../schedules/schedule.js';
import { type RunSpan, within } from '../schedules/span.js';
import { type Average, checkAverage, weightAt } from './average.js';
import {
  type BoundRule,
  bindRule,
  checkHyperparameter,
  checkRule,
  type Form,
  type Hyperparameter,
  needsShape,
  overridden,
  type Rule,
  rulesForSparse,
  scheduled,
} from './rule.js';

/** How gradients are clipped before the rule reads them. */
export type Clip =
  /** Scales all gradients together, so that their norm is at most this. */
  | { norm: Hyperparameter }
  /** Clamps each number to ± this. */
  | { value: Hyperparameter }
  /**
   * Scales each unit's gradient to at most this times the norm of the unit's parameters, or times `epsilon` (default
   * 1e-3) if that is larger. Units are the columns of a matrix, as in the weights of `dense`, or its rows, as in
   * PyTorch's. Default `'columns'`. A vector is one unit (Brock et al. 2021, https://arxiv.org/abs/2102.06171).
   */
  | { adaptive: Hyperparameter; epsilon?: number | undefined; units?: 'columns' | 'rows' | undefined };

/** Options of a step, in an `Optimizer` as in `fit`. */
export interface OptimizerOptions {
  /** How gradients are clipped. Default: not at all. */
  clip?: Clip | undefined;
  /** An average of the parameters over steps: `polyak()`, `ema()` or `swa()`. Default: none. */
  average?: Average | undefined;
  /**
   * Number of gradients per step, which takes their mean. In `fit` and `Trainer`, gradients are those of minibatches,
   * weighted by the sum of their examples' weights, class weights included. Default 1.
   */
  accumulate?: number | undefined;
  /**
   * What to do if a gradient (or the loss of a model) contains NaN or an infinity: throw `ERR_NON_FINITE`, or skip and
   * count it. A model's step that would make parameters overflow throws in either case. Default: `fit` and `Trainer`
   * throw; an `Optimizer` does not check.
   */
  onNonFinite?: 'throw' | 'skip' | undefined;
  /**
   * Storage of moving averages, for arrays of 4,096 numbers or more. `'bfloat16'` and `'uint8'` take a half and a quarter
   * of the memory of float32. Default `'full'`: the type of the parameters.
   */
  state?: 'full' | 'bfloat16' | 'uint8' | undefined;
  /** Whether steps go up the gradient. Default false. */
  maximize?: boolean | undefined;
  /**
   * How rows of a matrix that a sparse gradient leaves out are treated. `'exact'`: as with a gradient of zeros, which
   * they make up for later. `'lazy'`: they don't change. A row then takes only the steps that touch it, as with
   * PyTorch's `SparseAdam` (which adds ε before the bias correction): in between, its moments don't fade and its weights
   * don't decay. Under `ftrl`, rows don't change without a gradient, so `'lazy'` gives the same numbers as `'exact'`,
   * unless hyperparameters are scheduled: a row then follows them when it is next touched. Both are for the rules that
   * take sparse gradients: `sgd`, `momentum`, `adagrad`, `rowWiseAdagrad`, `adam`, `adamw`, `radam` and
   * `ftrl`. Default `'exact'`.
   */
  sparse?: 'exact' | 'lazy' | undefined;
}

export const optimizerOptions = [
  'clip',
  'average',
  'accumulate',
  'onNonFinite',
  'state',
  'maximize',
  'sparse',
] as const;

/** Parameters that share their options. */
export interface Group {
  /** Name in messages. */
  name: string;
  /** Its own options of the rule; or another rule, as `rule`. */
  overrides: object;
  /** Whether weight decay applies. */
  decay: boolean;
  frozen: boolean;
  /**
   * `isShaped` is false if only the length is known. `outputs` is the side of a layer's weights along which its outputs
   * lie.
   */
  arrays: readonly { shape: readonly number[]; isShaped: boolean; outputs?: 'columns' | undefined }[];
}

/** A rule with wrappers and groups, which writes step records. */
export class Plan {
  /** The checked rule, with its wrappers. */
  readonly rule: Rule;
  readonly native: NativeOptimizerOptions;
  /** The arrays of all groups, in order. */
  readonly arrays: readonly NativeArray[];
  readonly accumulate: number;
  readonly average: Average | undefined;
  readonly onNonFinite: 'throw' | 'skip' | undefined;
  /** Whether the rule has gradient points. */
  readonly hasGradientPoint: boolean;
  /** Whether `sam` wraps the rule. */
  readonly usesSam: boolean;
  /** Whether there are evaluation points: an average, or those of the rule. */
  readonly evaluatesElsewhere: boolean;
  readonly schedules: readonly Schedule[];
  /** The schedules that learn from a metric, including nested ones. */
  readonly plateaus: readonly PlateauSchedule[];
  readonly recordLength: number;
  /** The run that open schedules are spread over: the present one or else the last. */
  run: RunSpan | undefined;
  /** The option that excludes sparse gradients, if there is one. */
  readonly #whyDense: string | undefined;
  readonly #groups: readonly BoundRule[];
  readonly #clip: Hyperparameter;
  readonly #clipName: string;
  readonly #radius: Hyperparameter;
  readonly #lookahead: { steps: number; alpha: number } | undefined;

  constructor(name: string, rule: Rule, options: OptimizerOptions, groups: readonly Group[], type: FloatType) {
    this.rule = checkRule(name, rule);
    const wrappers: Record<string, Rule> = {};
    let inner = this.rule;
    for (; inner.rule !== undefined; inner = inner.rule as Rule) wrappers[inner.name] = inner;
    const { sam, lookahead } = wrappers;

    // A group becomes two native groups if the rule has different formulas for matrices and vectors.
    const bound: BoundRule[] = [];
    const arrays: (NativeArray & { mayBeSparse: boolean })[] = [];
    for (const { name, overrides, decay, frozen, arrays: members } of groups) {
      const own = overridden(name, inner, overrides);
      if (own.precision === 'bfloat16' && type === 'float64')
        throw errorWith('ERR_INVALID_ARGUMENT', `${own.name}'s precision "bfloat16" is for float32 parameters`);
      const indices = new Map<string, number>();
      const indexFor = (form: Form): number => {
        const candidate = bindRule(own, form, { decay });
        if (!indices.has(candidate.kernel)) indices.set(candidate.kernel, bound.push(candidate) - 1);
        return indices.get(candidate.kernel)!;
      };
      for (const { shape, isShaped, outputs } of members) {
        if (!isShaped && needsShape(own))
          throw errorWith(
            'ERR_INVALID_ARGUMENT',
            `${own.name} needs the shapes of parameters: give parameters[${arrays.length}] as { data, shape: [rows, columns] }`,
          );
        const group = indexFor(shape.length <= 1 ? 'vector' : outputs === undefined ? 'matrix' : 'weights');
        arrays.push({ shape, group, frozen, mayBeSparse: false, isOneMatrix: outputs !== undefined });
      }
      if (members.length === 0) indexFor('matrix');
    }
    this.#groups = bound;
    const first = bound[0]!;
    if (bound.some(({ maximize }) => maximize !== first.maximize))
      throw errorWith('ERR_INVALID_ARGUMENT', 'all groups maximize, or none');

    const { name: clipName, clipping, limit, epsilon } = checkClip(options.clip);
    this.#clip = limit;
    this.#clipName = clipName;
    this.#radius = sam ? (sam.radius as Hyperparameter) : 0;
    this.#lookahead = lookahead as unknown as { steps: number; alpha: number } | undefined;
    this.hasGradientPoint = bound.some(({ formula }) => formula.hasGradientPoint);
    this.usesSam = sam !== undefined;
    this.accumulate = checkInteger('accumulate', orDefault(options.accumulate, 1), 1);
    this.average = options.average === undefined ? undefined : checkAverage(options.average);
    this.evaluatesElsewhere = this.average !== undefined || bound.some(({ formula }) => formula.hasEvaluationPoint);
    this.onNonFinite =
      options.onNonFinite === undefined ? undefined : checkOneOf('onNonFinite', options.onNonFinite, ['throw', 'skip']);
    this.schedules = [
      ...[this.#clip, this.#radius].filter(isSchedule),
      ...this.#groups.flatMap(({ schedules }) => schedules),
    ];
    this.plateaus = [...new Set(this.schedules.flatMap(plateausIn))];
    this.native = {
      rules: bound.map(({ kernel }) => kernel),
      maximize: first.maximize || checkBoolean('maximize', orDefault(options.maximize, false)),
      clipping,
      clippingEpsilon: epsilon,
      checksFinite: this.onNonFinite !== undefined,
      accumulates: this.accumulate > 1,
      averages: this.average !== undefined,
      hasSlowWeights: lookahead !== undefined,
      scheduled: this.schedules.length > 0 || this.average !== undefined || lookahead !== undefined,
      state: checkOneOf('state', orDefault(options.state, 'full'), ['full', 'bfloat16', 'uint8']),
      isLazy: checkOneOf('sparse', orDefault(options.sparse, 'exact'), ['exact', 'lazy']) === 'lazy',
    };
    if (this.native.state !== 'full' && !bound.some(({ formula }) => formula.hasMoments))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `state "${this.native.state}" is for rules that keep moving averages, which ${inner.name} does not`,
      );
    // Options that need all numbers at each step exclude sparse gradients.
    const needsAll = {
      'clip: { adaptive }': clipping === 'columns' || clipping === 'rows',
      average: this.native.averages,
      accumulate: this.native.accumulates,
      lookahead: this.native.hasSlowWeights,
      sam: this.usesSam,
      state: this.native.state !== 'full',
    };
    const [whyDense] = Object.entries(needsAll).find(([, isSet]) => isSet) ?? [];
    this.#whyDense = whyDense;
    if (this.native.isLazy) this.#checkLazy(inner.name);
    for (const array of arrays) array.mayBeSparse = whyDense === undefined && array.shape.length === 2;
    this.arrays = arrays;
    this.recordLength = stepSettings.length + this.#groups.reduce((sum, { width }) => sum + width, 0);
  }

  #checkLazy(rule: string): void {
    if (this.#whyDense)
      throw errorWith('ERR_INVALID_ARGUMENT', `sparse "lazy" does not go with the option ${this.#whyDense}`);
    if (!this.#groups.some(({ formula }) => formula.takesSparse))
      throw errorWith('ERR_INVALID_ARGUMENT', `sparse "lazy": ${rule} takes no sparse gradients`);
  }

  /** Why an array takes no sparse gradients, as the end of a sentence; undefined if it does. */
  whyNotSparse(array: number): string | undefined {
    const { shape, group } = this.arrays[array]!;
    const bound = this.#groups[group]!;
    if (shape.length !== 2) return 'it is not a matrix: give it as { data, shape: [rows, columns] }';
    if (shape.includes(0)) return 'it has no elements';
    if (!bound.formula.takesSparse) {
      const names = rulesForSparse();
      const here = names.includes(bound.rule.name) ? ' with these options' : '';
      const others = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
      return `${bound.rule.name} needs the gradients of all rows${here}; with their defaults, ${others} don't`;
    }
    return this.#whyDense && `the option ${this.#whyDense} needs the gradients of all rows`;
  }

  /** Whether an array takes sparse gradients and is not frozen. */
  takesSparse(array: number): boolean {
    return !this.arrays[array]!.frozen && this.whyNotSparse(array) === undefined;
  }

  /**
   * Whether the hyperparameters in a group's history (`IdleSteps` in native/core/optimizers/sparse) are in range.
   */
  allowsHistory(group: number, history: Float64Array): boolean {
    const bound = this.#groups[group]!;
    for (let at = 1; at < history.length; at += bound.width) {
      const isWritten = history.subarray(at, at + bound.width).some((x) => x !== 0);
      if (isWritten && !bound.allows(history, at)) return false;
    }
    return true;
  }

  /** Whether the numbers of a step record are in their ranges; all are 0 before the first step. */
  allowsRecord(record: Float64Array): boolean {
    const { at } = stepSettings;
    let next = stepSettings.length;
    return (
      record.every((x) => x === 0) ||
      ([at.averageWeight, at.slowWeight].every((i) => wholeShare.allows(record[i]!)) &&
        [at.clip, at.radius].every((i) => nonNegative.allows(record[i]!)) &&
        this.#groups.every((bound) => {
          next += bound.width;
          return bound.allows(record, next - bound.width);
        }))
    );
  }

  /** Whether some schedule has values only in a run. */
  get isOpen(): boolean {
    return this.schedules.some(isOpen);
  }

  /** η of a step, 0 for the first, in the first group. */
  learningRate(step: number): number {
    return within(this.run, () => this.#groups[0]!.learningRate(step));
  }

  /** Writes the records of `count` steps, the first of which is `step` (0 for the first of all), from `offset` on. */
  fill(records: Float64Array, offset: number, step: number, count = 1): void {
    within(this.run, () => {
      for (let i = 0; i < count; ++i) this.#fill(records, offset + i * this.recordLength, step + i);
    });
  }

  #fill(record: Float64Array, offset: number, step: number): void {
    const { at } = stepSettings;
    record[offset + at.clip] = scheduled(this.#clipName, this.#clip, step, nonNegative);
    record[offset + at.averageWeight] = this.average ? weightAt(this.average, step + 1) : 0;
    record[offset + at.slowWeight] = this.#slowWeight(step);
    record[offset + at.radius] = scheduled('sam.radius', this.#radius, step, nonNegative);
    let next = offset + stepSettings.length;
    for (const bound of this.#groups) {
      bound.fill(record, next, step);
      next += bound.width;
    }
  }

  #slowWeight(step: number): number {
    const lookahead = this.#lookahead;
    return lookahead && lookahead.steps > 0 && (step + 1) % lookahead.steps === 0 ? lookahead.alpha : 0;
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
