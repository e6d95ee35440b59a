import { addon, type FloatArray, type FloatType, type NativeOptimizer, type NativeOutcome } from '../addon/index.js';
import { counters } from '../addon/records.js';
import { checkOptions } from '../checks/options.js';
import { copyInto, isDetached, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { sharedLike, typeOf } from '../numbers/memory.js';
import { type Gradient, type Gradients, readGradients } from './gradient.js';
import { checkParameters, type Parameter, type ParameterGroup } from './parameter.js';
import { type OptimizerOptions, optimizerOptions, Plan } from './plan.js';
import type { Rule } from './rule.js';
import { SharedCopies, sharedCopy } from './shared_copies.js';
import { State, type StateArray } from './state.js';

/** The plan of an optimizer. @internal */
export let planOf: (optimizer: Optimizer) => Plan;

/**
 * An update rule bound to arrays that you own, which it updates in place.
 *
 * Denormal numbers (below 1.18e-38 in float32, 2.23e-308 in float64) count as zero in parameters, gradients and states;
 * a step sets such a parameter to 0.
 *
 * @example
 * const optimizer = new Optimizer([weights, biases], adamw({ learningRate: 1e-3 }), { clip: { norm: 1 } });
 * optimizer.step([gradWeights, gradBiases]);
 */
export class Optimizer {
  /** The rule with all its hyperparameters. */
  readonly rule: Rule;
  /**
   * The states by name (`'m'`, `'v'`, …): for each parameter a live array, as it is stored; empty if the parameter has
   * no such state. With `state: 'uint8'`, `'m.scale'` has one scale for every 256 bytes of `'m'`.
   */
  readonly state: ReadonlyMap<string, readonly StateArray[]>;

  readonly #parameters: readonly FloatArray[];
  readonly #plan: Plan;
  readonly #native: NativeOptimizer;
  readonly #state: State;
  readonly #record: Float64Array;
  readonly #copies = new SharedCopies();
  #borrowed: Gradients['values'] | undefined;
  #ahead: FloatArray[] | undefined;
  #isSharpened = false;
  #steps = 0;

  /**
   * @param parameters Float32Arrays or Float64Arrays, all of one type, each alone or as `{ data, shape }`; or groups of
   *   them. Arithmetic is in that type.
   * @param rule A rule, as `adam()` returns it.
   * @throws TypeError `ERR_INVALID_ARGUMENT` for other arrays, resizable buffers, overlapping arrays, an unknown rule
   *   or option.
   * @throws RangeError `ERR_OUT_OF_RANGE` or `ERR_SHAPE`; GlissadeError `ERR_DETACHED`.
   */
  constructor(
    parameters: readonly Parameter[] | readonly ParameterGroup[],
    rule: Rule,
    options: OptimizerOptions = {},
  ) {
    checkOptions('Optimizer', options, optimizerOptions);
    const groups = checkParameters(parameters);
    this.#parameters = Object.freeze(groups.flatMap(({ arrays }) => arrays.map(({ data }) => data)));
    this.#plan = new Plan('rule', rule, options, groups, this.#type);
    if (this.#plan.isOpen)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'a schedule without a number of steps, or with steps in epochs, is for runs of fit(); for an Optimizer give it a number of steps',
      );
    if (this.#plan.native.isLazy && !this.#parameters.some((_, i) => this.#plan.takesSparse(i)))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'sparse "lazy" needs a matrix that takes sparse gradients, given as { data, shape: [rows, columns] } and not frozen; there is none',
      );
    this.rule = this.#plan.rule;
    this.#record = new Float64Array(this.#plan.recordLength);
    this.#native = new addon.Optimizer({ ...this.#plan.native, type: this.#type, arrays: this.#plan.arrays });
    this.#state = new State(this.#native, this.#plan, this.#parameters, this.#type);
    this.state = this.#state.arrays;
  }

  /** The arrays that are updated, over all groups in turn. */
  get parameters(): readonly FloatArray[] {
    return this.#parameters;
  }

  /** Number of steps so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Number of gradients that were skipped because they were not finite, with `onNonFinite: 'skip'`. */
  get skipped(): number {
    return this.#state.counters[counters.at.skipped]!;
  }

  /** η of the next step, in the first group. */
  get learningRate(): number {
    return this.#plan.learningRate(this.steps);
  }

  /**
   * Norm of the last step's gradient before clipping, over all parameters that are not frozen. `undefined` unless
   * `clip: { norm }` or `onNonFinite` measures it.
   */
  get gradientNorm(): number | undefined {
    const { clipping, checksFinite } = this.#plan.native;
    return this.steps > 0 && (clipping === 'norm' || checksFinite)
      ? this.#state.counters[counters.at.gradientNorm]
      : undefined;
  }

  /**
   * Takes a step: updates the parameters from their gradients. A gradient is an array of the type and length of its
   * parameter, `bfloat16(bits)`, or for a matrix some of its rows: `{ rows, values, columns }`. Rows that a sparse
   * gradient leaves out make up for the step later: when a gradient next touches them, in {@link catchUp}, or at the
   * latest after 4,000 steps. With `sparse: 'lazy'`, they don't take the step. Small steps run on the calling thread,
   * large ones on all threads while the call waits.
   *
   * @returns Whether the parameters were updated. They are not while gradients accumulate, or if a gradient is skipped.
   * @throws RangeError `ERR_SHAPE`, TypeError `ERR_INVALID_ARGUMENT`, GlissadeError `ERR_DETACHED`, `ERR_BUSY` or
   *   `ERR_NON_FINITE`. Nothing has changed then, except that the sum of accumulated gradients is cleared if it
   *   overflows.
   */
  step(gradients: readonly Gradient[]): boolean {
    const list = this.#ready(gradients);
    this.#checkPoint();
    this.#borrow(list);
    return this.#finish(this.#native.step(this.#record, 1, this.#isLast));
  }

  /**
   * Takes a {@link step} on the engine's threads while the calling thread continues. Arrays in shared memory are used
   * in place and must not be changed until the promise resolves. Other arrays could be detached meanwhile, so they are
   * copied first, and the parameters are copied back at the end. Such gradients may overlap parameters.
   *
   * @returns A promise of the result of {@link step}. It rejects with the errors of `step`, and with `ERR_DETACHED` if
   *   parameters were detached meanwhile; these have missed the step.
   */
  async stepAsync(gradients: readonly Gradient[]): Promise<boolean> {
    const list = this.#ready(gradients);
    this.#native.checkIdle(); // before the copies of the current step are overwritten
    this.#checkPoint();
    const lengths = this.#parameters.map(lengthOf);
    const parameters = this.#parameters.map((array, i) => this.#copies.copyOf(`parameters[${i}]`, array, lengths[i]!));
    this.#borrowed = undefined;
    const finished = this.#native.stepAsync(
      parameters,
      list.values.map((array, i) =>
        list.rows[i] ? sharedCopy(array) : this.#copies.copyOf(`gradients[${i}]`, array, lengths[i]!),
      ),
      list.rows,
      this.#record,
      1,
      this.#isLast,
    );
    const outcome = await finished;
    this.#native.endStep();
    const updated = this.#finish(outcome);
    if (!updated) return false;
    const gone: string[] = [];
    for (const [i, array] of this.#parameters.entries()) {
      if (isDetached(array)) gone.push(`parameters[${i}]`);
      else if (array !== parameters[i]) copyInto(array, parameters[i]!);
    }
    if (gone.length > 0)
      throw errorWith('ERR_DETACHED', `during the step, the buffer of ${gone.join(', ')} has been detached`);
    return true;
  }

  /**
   * The points at which the gradients of the next step are computed: an array for each parameter. Most rules take them
   * at the parameters; `momentum({ nesterov: true })` looks ahead. With `sam`, take a first gradient at
   * `gradientPoints()`; `gradientPoints(gradients)` then returns the points of the second gradient, which `step` takes.
   *
   * @returns The parameters, or arrays that are valid until the next call or step.
   * @throws The errors of {@link step}; TypeError `ERR_INVALID_ARGUMENT` for gradients without `sam`.
   */
  gradientPoints(gradients?: readonly Gradient[]): readonly FloatArray[] {
    const { hasGradientPoint, usesSam } = this.#plan;
    if (gradients !== undefined && !usesSam)
      throw errorWith('ERR_INVALID_ARGUMENT', `gradientPoints takes gradients for sam only, not for ${this.rule.name}`);
    const list = gradients && this.#ready(gradients);
    this.#native.checkIdle();
    this.#plan.fill(this.#record, 0, this.steps);
    if (!list && !hasGradientPoint) return this.#parameters;
    this.#ahead ??= sharedLike(this.#parameters);
    let from = this.#parameters;
    if (hasGradientPoint) {
      this.#native.points('gradient', this.#record, this.#parameters, this.#ahead);
      from = this.#ahead;
    }
    if (list) {
      this.#borrowed = undefined;
      this.#borrow(list);
      this.#native.points('worst', this.#record, from, this.#ahead);
      this.#borrowed = undefined;
      this.#isSharpened = true;
    }
    return this.#ahead;
  }

  /**
   * Updates all rows that lag, as if their missing gradients had been zeros. The result is within 1e-6 of that of dense
   * gradients, apart from rounding of weight decay over hundreds of steps. Changes nothing else.
   *
   * @throws GlissadeError `ERR_BUSY` or `ERR_DETACHED`.
   */
  catchUp(): void {
    this.#native.checkIdle();
    this.#native.catchUp(this.#parameters);
  }

  /**
   * The evaluation points, as copies: the average of the option `average`, the points of a rule such as `scheduleFree`,
   * or else the parameters. Rows that lag catch up first.
   *
   * @throws GlissadeError `ERR_BUSY` or `ERR_DETACHED`.
   */
  evaluationParameters(): FloatArray[] {
    this.catchUp();
    const points = sharedLike(this.#parameters);
    this.#plan.fill(this.#record, 0, Math.max(0, this.steps - 1));
    this.#native.points('evaluation', this.#record, this.#parameters, points);
    return points;
  }

  /**
   * Copies of the average of the parameters over steps.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` without the option `average`.
   */
  averaged(): FloatArray[] {
    if (!this.#plan.average)
      throw errorWith('ERR_INVALID_ARGUMENT', 'nothing is averaged; give new Optimizer the option average: polyak()');
    return this.evaluationParameters();
  }

  /**
   * Passes a metric, such as the loss after an epoch, to all `reduceOnPlateau` schedules of the rule.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` if there is none, or if `metric` is not a number.
   */
  observe(metric: number): void {
    const { plateaus } = this.#plan;
    if (plateaus.length === 0)
      throw errorWith('ERR_INVALID_ARGUMENT', 'no schedule learns from a metric; schedules.reduceOnPlateau does');
    for (const plateau of plateaus) plateau.observe(metric);
  }

  /**
   * Everything needed to go on: states, averages, slow weights, accumulated gradients, counters and plateau schedules,
   * as bytes in the safetensors format. Parameters are not included.
   *
   * @throws GlissadeError `ERR_BUSY` during a {@link stepAsync}; RangeError `ERR_OUT_OF_RANGE` if there is no memory.
   */
  save(): Uint8Array {
    this.#native.checkIdle();
    return this.#state.save();
  }

  /**
   * Restores a state that {@link save} returned. Later steps give the same bits as without the interruption.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE` if the bytes are damaged, `ERR_BUSY` during a {@link stepAsync}; TypeError
   *   `ERR_INVALID_ARGUMENT` if they come from another rule, or from parameters of other lengths or type. Nothing has
   *   changed then.
   */
  restore(bytes: Uint8Array): void {
    this.#native.checkIdle();
    this.#state.restore(bytes);
    this.#steps = this.#state.counters[counters.at.steps]!;
    this.#isSharpened = false;
  }

  get #type(): FloatType {
    return this.#parameters.length > 0 ? typeOf(this.#parameters[0]!) : 'float32';
  }

  get #isLast(): boolean {
    return this.#state.counters[counters.at.accumulated]! + 1 >= this.#plan.accumulate;
  }

  #ready(gradients: readonly Gradient[]): Gradients {
    const list = readGradients(gradients, this.#plan);
    this.#plan.fill(this.#record, 0, this.steps);
    return list;
  }

  #checkPoint(): void {
    if (this.#plan.usesSam && !this.#isSharpened)
      throw errorWith('ERR_INVALID_ARGUMENT', 'sam needs the gradients at gradientPoints(gradients); call that first');
  }

  /**
   * Passes memory to the native side, unless it already has it: identical arrays that are not detached have not moved.
   */
  #borrow({ values, rows }: Gradients): void {
    const borrowed = this.#borrowed;
    const parameters = this.#parameters;
    let isBorrowed = borrowed !== undefined;
    for (let i = 0; isBorrowed && i < values.length; ++i)
      isBorrowed =
        rows[i] === undefined &&
        values[i] === borrowed![i] &&
        (values[i] === undefined || lengthOf(values[i]!) === lengthOf(parameters[i]!)) &&
        lengthOf(parameters[i]!) > 0;
    if (isBorrowed) return;
    this.#borrowed = undefined;
    this.#native.borrow(parameters, values, rows);
    if (rows.every((list) => list === undefined)) this.#borrowed = values;
  }

  #finish(outcome: NativeOutcome): boolean {
    this.#isSharpened = false;
    this.#steps = this.#state.counters[counters.at.steps]!;
    if (outcome === 'stepped') return true;
    if (outcome === 'accumulated') return false;
    if (this.#plan.onNonFinite === 'throw')
      throw errorWith('ERR_NON_FINITE', `the gradient of step ${this.steps + 1} is not finite; nothing has changed`);
    this.#state.counters[counters.at.skipped]! += 1;
    return false;
  }

  static {
    planOf = (optimizer) => optimizer.#plan;
  }
}
