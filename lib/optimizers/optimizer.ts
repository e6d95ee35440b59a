import { addon, type FloatArray, type FloatType, type NativeOptimizer, type NativeOutcome } from '../addon/index.js';
import { counters } from '../addon/records.js';
import { checkOptions } from '../checks/options.js';
import { copyInto, isDetached, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { sharedLike, typeOf } from '../numbers/memory.js';
import { type Gradient, type Gradients, readGradients } from './gradient.js';
import { checkParameters, type Parameter, type ParameterGroup } from './parameter.js';
import { Plan, type StepOptions, stepOptions } from './plan.js';
import type { Rule } from './rule.js';
import { SharedCopies, sharedCopy } from './shared_copies.js';
import { State, type StateArray } from './state.js';

/** The plan of an optimizer. @internal */
export let planOf: (optimizer: Optimizer) => Plan;

/**
 * An update rule bound to arrays that you own, which it updates in place.
 *
 * Denormal numbers (below 1.18e-38 in float32, 2.23e-308 in float64) count as zero, be they parameters, gradients or states: a step makes
 * such a parameter 0.
 *
 * @example
 * const optimizer = new Optimizer([weights, biases], adamw({ learningRate: 1e-3 }), { clip: { norm: 1 } });
 * optimizer.step([gradWeights, gradBiases]);
 */
export class Optimizer {
  /** The rule, with all its hyperparameters. */
  readonly rule: Rule;
  /**
   * The state by name (`'m'`, `'v'`, …): an array for each parameter, live, as it is stored; empty for a parameter that has no
   * such state. With `state: 'uint8'`, `'m.scale'` holds what a byte's unit is in each 256 of them.
   */
  readonly state: ReadonlyMap<string, readonly StateArray[]>;

  readonly #parameters: readonly FloatArray[];
  readonly #plan: Plan;
  readonly #native: NativeOptimizer;
  readonly #state: State;
  readonly #record: Float64Array;
  readonly #copies = new SharedCopies();
  #lent: Gradients['values'] | undefined;
  #ahead: FloatArray[] | undefined;
  #isSharpened = false;
  #steps = 0;

  /**
   * @param parameters Float32Arrays or Float64Arrays, all of one type, each alone or as `{ data, shape }`; or groups of them.
   *   Arithmetic is done in that type.
   * @param rule What `adam` and its like return.
   * @throws TypeError `ERR_INVALID_ARGUMENT` for other arrays, resizable buffers, overlapping arrays, an unknown rule or option.
   * @throws RangeError `ERR_OUT_OF_RANGE` or `ERR_SHAPE`, GlissadeError `ERR_DETACHED`.
   */
  constructor(parameters: readonly Parameter[] | readonly ParameterGroup[], rule: Rule, options: StepOptions = {}) {
    checkOptions('Optimizer', options, stepOptions);
    const groups = checkParameters(parameters);
    this.#parameters = Object.freeze(groups.flatMap(({ arrays }) => arrays.map(({ data }) => data)));
    this.#plan = new Plan('rule', rule, options, groups);
    if (this.#plan.native.rowsRest && !this.#parameters.some((_, i) => this.#plan.takesSparse(i)))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'sparse "lazy" is for matrices, given as { data, shape: [rows, columns] } and not frozen; here is none that takes sparse gradients',
      );
    this.rule = this.#plan.rule;
    this.#record = new Float64Array(this.#plan.recordLength);
    this.#native = new addon.Optimizer({ ...this.#plan.native, type: this.#type, arrays: this.#plan.arrays });
    this.#state = new State(this.#native, this.#plan, this.#parameters, this.#type);
    this.state = this.#state.arrays;
  }

  /** The arrays that are updated. */
  get parameters(): readonly FloatArray[] {
    return this.#parameters;
  }

  /** How many steps have been taken. */
  get steps(): number {
    return this.#steps;
  }

  /** How many gradients were left out because they were not finite, with `onNonFinite: 'skip'`. */
  get skipped(): number {
    return this.#state.counters[counters.at.skipped]!;
  }

  /** η of the next step, in the first group. */
  get learningRate(): number {
    return this.#plan.learningRate(this.steps);
  }

  /**
   * The norm of the last step's gradient as it came, over all parameters that aren't frozen; `undefined` unless `clip: { norm }`
   * or `onNonFinite` has it measured.
   */
  get gradientNorm(): number | undefined {
    const { clipping, checksFinite } = this.#plan.native;
    return this.steps > 0 && (clipping === 'norm' || checksFinite)
      ? this.#state.counters[counters.at.gradientNorm]
      : undefined;
  }

  /**
   * Updates the parameters from their gradients, one array for each, of the same type and length, or `bfloat16(bits)`; or, for a
   * matrix, of some of its rows alone: `{ rows, values, columns }`. Then a share of the other rows take the steps that decay and
   * momentum have led to since they last moved; every row has when a gradient touches it again, or {@link catchUp} is called. Under
   * `sparse: 'lazy'` they rest. Small steps are done at once on this thread; large ones by all threads, while this one waits.
   *
   * @returns Whether the parameters were updated: not while gradients accumulate, nor where one was skipped.
   * @throws RangeError `ERR_SHAPE`, TypeError `ERR_INVALID_ARGUMENT`, GlissadeError `ERR_DETACHED`, `ERR_BUSY` or
   *   `ERR_NON_FINITE`; then nothing has changed (but where gradients that accumulate overflow, their sum begins anew).
   */
  step(gradients: readonly Gradient[]): boolean {
    const list = this.#ready(gradients);
    this.#checkPoint();
    this.#lend(list);
    return this.#finish(this.#native.step(this.#record, 1, this.#isLast));
  }

  /**
   * As {@link step}, on the engine's threads, while this one goes on. Arrays in shared memory are used in place and must
   * be left alone until the promise resolves. Others might be transferred away meanwhile: they are copied first (so that
   * gradients may even overlap parameters), and the parameters are copied back in the end.
   *
   * @returns A promise of what {@link step} returns, which rejects as that throws; and with `ERR_DETACHED` where parameters
   *   were transferred away meanwhile, which then have missed the step.
   */
  async stepAsync(gradients: readonly Gradient[]): Promise<boolean> {
    const list = this.#ready(gradients);
    this.#native.checkIdle(); // before the copies of the step under way are written over
    this.#checkPoint();
    const lengths = this.#parameters.map(lengthOf);
    const parameters = this.#parameters.map((array, i) => this.#copies.copyOf(`parameters[${i}]`, array, lengths[i]!));
    this.#lent = undefined;
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
   * Where the gradient of the next step is to be taken: an array for each parameter. For most rules these are the parameters.
   * `momentum({ nesterov: true })` looks ahead. A `sam` rule takes a first gradient there, and with it as an argument tells where
   * to take the second one, which `step` wants.
   *
   * @returns Arrays of the optimizer's own, valid until the next call or step.
   * @throws As {@link step}.
   */
  lookahead(gradients?: readonly Gradient[]): readonly FloatArray[] {
    const { hasGradientPoint, sharpens } = this.#plan;
    if (gradients !== undefined && !sharpens)
      throw errorWith('ERR_INVALID_ARGUMENT', `lookahead takes gradients for sam only, not for ${this.rule.name}`);
    const list = gradients && this.#ready(gradients);
    this.#native.checkIdle();
    this.#plan.fill(this.#record, 0, this.steps);
    if (!list && !hasGradientPoint) return this.#parameters;
    this.#ahead ??= sharedLike(this.#parameters);
    let from = this.#parameters;
    if (hasGradientPoint) {
      this.#native.points('lookahead', this.#record, this.#parameters, this.#ahead);
      from = this.#ahead;
    }
    if (list) {
      this.#lent = undefined;
      this.#lend(list);
      this.#native.points('worst', this.#record, from, this.#ahead);
      this.#lent = undefined;
      this.#isSharpened = true;
    }
    return this.#ahead;
  }

  /**
   * Lets rows that no sparse gradient has touched lately take the steps that they have missed, as if their gradients had come as
   * zeros; within 1e-6 of what these would have led to, but for roundings of weight decay over hundreds of steps. Changes nothing otherwise.
   *
   * @throws GlissadeError `ERR_BUSY` or `ERR_DETACHED`.
   */
  catchUp(): void {
    this.#native.checkIdle();
    this.#native.catchUp(this.#parameters);
  }

  /**
   * Where the model is to be evaluated, as copies: the average that the option `average` asks for, what a rule such as
   * `scheduleFree` says, or else the parameters. Rows that lag are caught up first.
   */
  evaluationParameters(): FloatArray[] {
    this.catchUp();
    const points = sharedLike(this.#parameters);
    this.#plan.fill(this.#record, 0, Math.max(0, this.steps - 1));
    this.#native.points('evaluation', this.#record, this.#parameters, points);
    return points;
  }

  /**
   * The average of the parameters over steps, as copies.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` unless the option `average` was given.
   */
  averaged(): FloatArray[] {
    if (!this.#plan.average)
      throw errorWith('ERR_INVALID_ARGUMENT', 'nothing is averaged; give new Optimizer the option average: polyak()');
    return this.evaluationParameters();
  }

  /**
   * Feeds a metric, such as the loss after an epoch, to all `reduceOnPlateau` schedules of the rule.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` where there is none, or for what is no number.
   */
  observe(metric: number): void {
    const { plateaus } = this.#plan;
    if (plateaus.length === 0)
      throw errorWith('ERR_INVALID_ARGUMENT', 'no schedule learns from a metric; schedules.reduceOnPlateau does');
    for (const plateau of plateaus) plateau.observe(metric);
  }

  /**
   * The state, with the number of steps, as bytes in the safetensors format. Parameters are not part of it.
   *
   * @throws GlissadeError `ERR_BUSY` during a {@link stepAsync}; RangeError `ERR_OUT_OF_RANGE` where there is no memory for them.
   */
  save(): Uint8Array {
    this.#native.checkIdle();
    return this.#state.save();
  }

  /**
   * Takes over a state that {@link save} wrote, to go on with the same bits.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE` where the bytes are damaged, or TypeError `ERR_INVALID_ARGUMENT` where they come
   *   from another rule or from parameters of other lengths or type; then nothing has changed.
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
    if (this.#plan.sharpens && !this.#isSharpened)
      throw errorWith('ERR_INVALID_ARGUMENT', 'sam wants gradients taken at lookahead(gradients); call that first');
  }

  /** Lends memory to the native side, unless it has it: arrays that are the same and not detached have not moved. */
  #lend({ values, rows }: Gradients): void {
    const lent = this.#lent;
    const parameters = this.#parameters;
    let isLent = lent !== undefined;
    for (let i = 0; isLent && i < values.length; ++i)
      isLent =
        rows[i] === undefined &&
        values[i] === lent![i] &&
        (values[i] === undefined || lengthOf(values[i]!) === lengthOf(parameters[i]!)) &&
        lengthOf(parameters[i]!) > 0;
    if (isLent) return;
    this.#lent = undefined;
    this.#native.lend(parameters, values, rows);
    if (rows.every((list) => list === undefined)) this.#lent = values;
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
