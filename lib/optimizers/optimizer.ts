import { types } from 'node:util';
import {
  addon,
  type FloatArray,
  type FloatType,
  type NativeGradients,
  type NativeOptimizer,
  type NativeOutcome,
  type NativePlace,
  type NativeRows,
} from '../addon/index.js';
import {
  bufferOf,
  checkBoolean,
  checkInteger,
  checkOptions,
  invalid,
  isDetached,
  isFloatArray,
  isShared,
  orDefault,
} from '../checks.js';
import { errorWith } from '../errors.js';
import { sharedBytes, sharedFloats, sharedLike, typeOf, viewOf } from '../memory.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../persistence/safetensors.js';
import { type Bfloat16Array, isBfloat16 } from './bfloat16.js';
import { type Group, Plan, type StepOptions, stepOptions } from './plan.js';
import type { Rule } from './rule.js';

/** An array to be updated, with a shape for rules and clipping that need one. */
export type Parameter = FloatArray | { readonly data: FloatArray; readonly shape: readonly number[] };

/** Parameters with options of the rule of their own, as `{ parameters: [biases], weightDecay: 0 }`. */
export interface ParameterGroup {
  readonly parameters: readonly Parameter[];
  /** Whether they stay as they are. Default false. */
  readonly frozen?: boolean | undefined;
  readonly [option: string]: unknown;
}

/** As it is stored: bits of bfloat16 in a Uint16Array. */
export type StateArray = FloatArray | Uint32Array | Uint16Array | Uint8Array;

/** A gradient that is zero but for some rows of a matrix. Rows may occur more than once, in any order: they are summed. */
export interface SparseGradient {
  readonly rows: Uint32Array | Int32Array | readonly number[];
  /** `columns` numbers for each of `rows`. */
  readonly values: FloatArray;
  /** How many columns the matrix has. */
  readonly columns: number;
}

export type Gradient = FloatArray | Bfloat16Array | SparseGradient;

interface Gradients {
  values: NativeGradients;
  rows: NativeRows;
}

/** Of rows of hyperparameters, in native/core/optimizers/optimizer.h. */
const longestHistory = 4096;

const lengthGetter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length')!.get!;

/**
 * An update rule bound to arrays that you own, which it updates in place.
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
  readonly #shapes: readonly (readonly number[])[];
  readonly #plan: Plan;
  readonly #native: NativeOptimizer;
  readonly #places: readonly NativePlace[];
  readonly #slab: Uint8Array;
  readonly #counters: Float64Array;
  readonly #row: Float64Array;
  readonly #staging = new Map<string, FloatArray | Uint16Array>();
  #lent: NativeGradients | undefined;
  #ahead: FloatArray[] | undefined;
  #isSharpened = false;
  #steps = 0;
  #busy = false;

  /**
   * @param parameters Float32Arrays or Float64Arrays, all of one type, each alone or as `{ data, shape }`; or groups of them.
   *   Arithmetic is done in that type.
   * @param rule What `adam` and its like return.
   * @throws TypeError `ERR_INVALID_ARGUMENT` for other arrays, resizable buffers, overlapping arrays, an unknown rule or option.
   * @throws RangeError `ERR_OUT_OF_RANGE` or `ERR_SHAPE`, GlissadeError `ERR_DETACHED`.
   */
  constructor(parameters: readonly Parameter[] | readonly ParameterGroup[], rule: Rule, options: StepOptions = {}) {
    if (!Array.isArray(parameters))
      throw invalid('parameters', 'an array of Float32Arrays or Float64Arrays', parameters);
    checkOptions('Optimizer', options, stepOptions);
    let count = 0;
    let first: Parameter | undefined;
    const groups = groupsOf(parameters).map(({ parameters, ...group }) => ({
      ...group,
      arrays: parameters.map((parameter) => {
        first ??= parameter;
        return checkParameter(parameter, count++, first);
      }),
    }));
    const arrays = groups.flatMap(({ arrays }) => arrays);
    this.#parameters = Object.freeze(arrays.map(({ data }) => data));
    this.#shapes = arrays.map(({ shape }) => shape);
    this.#plan = new Plan('rule', rule, options, groups);
    this.rule = this.#plan.rule;
    this.#row = new Float64Array(this.#plan.rowLength);

    this.#native = new addon.Optimizer({
      ...this.#plan.native,
      type: this.#type,
      arrays: this.#plan.arrays,
    });
    const { bytes, places } = this.#native.layout();
    this.#places = places;
    this.#slab = sharedBytes(bytes);
    this.#native.bind(this.#slab, this.#parameters);
    const ofRules = this.#plan.native.rules.flatMap((kernel) => addon.rules()[kernel]!.states);
    const ofArrays = places.filter(({ array }) => array !== undefined);
    const names = new Set([...ofRules, ...ofArrays.map(({ name }) => name)]);
    const none = new Uint8Array(0);
    this.state = new Map(
      Array.from(names, (name) => {
        const list = arrays.map((): StateArray => none);
        for (const place of ofArrays) if (place.name === name) list[place.array!] = this.#view(place);
        return [name, Object.freeze(list)];
      }),
    );
    this.#counters = this.#view(places.at(-1)!) as Float64Array;
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
    return this.#counters[1]!;
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
    return this.steps > 0 && (clipping === 'norm' || checksFinite) ? this.#counters[3] : undefined;
  }

  /**
   * Updates the parameters from their gradients, one array for each, of the same type and length, or `bfloat16(bits)`; or, for a
   * matrix, of some of its rows alone: `{ rows, values, columns }`. Then the other rows stay as they are until a gradient touches
   * them again, or {@link catchUp} is called: only then they take the steps that decay and momentum have meanwhile led to. Small
   * steps are done at once on this thread; large ones by all threads, while this one waits.
   *
   * @returns Whether the parameters were updated: not while gradients accumulate, nor where one was skipped.
   * @throws RangeError `ERR_SHAPE`, TypeError `ERR_INVALID_ARGUMENT`, GlissadeError `ERR_DETACHED`, `ERR_BUSY` or
   *   `ERR_NON_FINITE`; then nothing has changed.
   */
  step(gradients: readonly Gradient[]): boolean {
    const list = this.#ready(gradients);
    this.#checkPoint();
    this.#lend(list);
    return this.#finish(this.#native.step(this.#row, 1, this.#isLast));
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
    this.#checkPoint();
    const parameters = this.#parameters.map((array, i) => this.#staged(`parameters[${i}]`, array, i));
    this.#lent = undefined;
    const finished = this.#native.stepAsync(
      parameters as FloatArray[],
      list.values.map((array, i) => (list.rows[i] ? copied(array) : this.#staged(`gradients[${i}]`, array, i))),
      list.rows,
      this.#row,
      1,
      this.#isLast,
    );
    this.#busy = true;
    const outcome = await finished;
    this.#busy = false;
    const updated = this.#finish(outcome);
    if (!updated) return false;
    const gone: string[] = [];
    for (const [i, array] of this.#parameters.entries()) {
      if (isDetached(array)) gone.push(`parameters[${i}]`);
      else if (array !== parameters[i]) array.set(parameters[i] as FloatArray);
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
    const { looksAhead, sharpens } = this.#plan;
    if (gradients !== undefined && !sharpens)
      throw errorWith('ERR_INVALID_ARGUMENT', `lookahead takes gradients for sam only, not for ${this.rule.name}`);
    const list = gradients && this.#ready(gradients);
    this.#checkIdle();
    this.#plan.fill(this.#row, 0, this.steps);
    if (!list && !looksAhead) return this.#parameters;
    this.#ahead ??= sharedLike(this.#parameters);
    let from = this.#parameters;
    if (looksAhead) {
      this.#native.points('lookahead', this.#row, this.#parameters, this.#ahead);
      from = this.#ahead;
    }
    if (list) {
      this.#lent = undefined;
      this.#lend(list);
      this.#native.points('worst', this.#row, from, this.#ahead);
      this.#lent = undefined;
      this.#isSharpened = true;
    }
    return this.#ahead;
  }

  /**
   * Lets rows that no sparse gradient has touched lately take the steps that they have missed, as if their gradients had come as
   * zeros; within 1e-6 of what these would have led to. Changes nothing otherwise.
   *
   * @throws GlissadeError `ERR_BUSY` or `ERR_DETACHED`.
   */
  catchUp(): void {
    this.#checkIdle();
    this.#plan.fill(this.#row, 0, Math.max(0, this.steps - 1));
    this.#native.catchUp(this.#row, this.#parameters);
  }

  /**
   * Where the model is to be evaluated, as copies: the average that the option `average` asks for, what a rule such as
   * `scheduleFree` says, or else the parameters.
   */
  evaluationParameters(): FloatArray[] {
    this.catchUp();
    const points = sharedLike(this.#parameters);
    this.#plan.fill(this.#row, 0, Math.max(0, this.steps - 1));
    this.#native.points('evaluation', this.#row, this.#parameters, points);
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
   * @throws GlissadeError `ERR_BUSY` during a {@link stepAsync}.
   */
  save(): Uint8Array {
    this.#checkIdle();
    const tensors = new Map<string, Tensor>();
    for (const place of this.#places) tensors.set(nameOf(place), { data: this.#view(place), shape: [place.length] });
    const history = this.#native.history();
    if (history.length > 0)
      tensors.set('history', { data: history, shape: [history.length / this.#row.length, this.#row.length] });
    const { plateaus } = this.#plan;
    return writeSafetensors({
      tensors,
      metadata: {
        format: 'glissade.optimizer',
        rule: this.#kind(),
        parameters: this.#shape(),
        ...(plateaus.length > 0 && { plateaus: JSON.stringify(plateaus.map(({ state }) => state)) }),
      },
    });
  }

  /**
   * Takes over a state that {@link save} wrote, to go on with the same bits.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE` where the bytes are damaged, or TypeError `ERR_INVALID_ARGUMENT` where they come
   *   from another rule or from parameters of other lengths or type; then nothing has changed.
   */
  restore(bytes: Uint8Array): void {
    this.#checkIdle();
    if (!types.isUint8Array(bytes)) throw invalid('bytes', 'a Uint8Array', bytes);
    if (isDetached(bytes)) throw errorWith('ERR_DETACHED', 'the buffer of bytes has been detached');
    const { tensors, metadata } = readSafetensors(bytes);
    const isOurs =
      metadata.format === 'glissade.optimizer' &&
      typeof metadata.rule === 'string' &&
      typeof metadata.parameters === 'string';
    if (!isOurs) throw errorWith('ERR_CORRUPT_FILE', 'the file holds no optimizer state');
    if (metadata.rule !== this.#kind())
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the state was saved by ${metadata.rule}, but this optimizer runs ${this.#kind()}`,
      );
    if (metadata.parameters !== this.#shape())
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the state is of parameters ${metadata.parameters}, but this optimizer has ${this.#shape()}`,
      );
    const pairs = this.#places.map((place): [Uint8Array, Uint8Array] => {
      const to = this.#view(place);
      const from = tensors.get(nameOf(place))?.data;
      if (!from || from.length !== to.length || from.constructor.name !== to.constructor.name)
        throw errorWith('ERR_CORRUPT_FILE', `${nameOf(place)} is missing or does not fit`);
      return [bytesOf(to), bytesOf(from)];
    });
    const [steps, skipped, accumulated] = tensors.get('counters')!.data as Float64Array;
    if (![steps, skipped, accumulated].every((x) => Number.isSafeInteger(x) && x! >= 0))
      throw errorWith('ERR_CORRUPT_FILE', 'the counters are not whole numbers');
    const history = tensors.get('history')?.data ?? new Float64Array(0);
    const start = Math.floor(steps! / longestHistory) * longestHistory;
    const pastRows = history.length / this.#row.length;
    if (!types.isFloat64Array(history) || (pastRows !== 0 && pastRows !== steps! - start))
      throw errorWith('ERR_CORRUPT_FILE', 'the history of hyperparameters does not fit the number of steps');
    this.#restorePlateaus(metadata.plateaus);
    for (const [to, from] of pairs) to.set(from);
    this.#native.recall(start, history);
    this.#steps = steps!;
    this.#isSharpened = false;
  }

  get #type(): FloatType {
    return this.#parameters.length > 0 ? typeOf(this.#parameters[0]!) : 'float32';
  }

  get #isLast(): boolean {
    return this.#counters[2]! + 1 >= this.#plan.accumulate;
  }

  #view({ type, offset, length }: NativePlace): StateArray {
    return viewOf(this.#slab, type, offset, length);
  }

  /** The rule's formula with what else is part of the state, as `adam + average`. */
  #kind(): string {
    const { rules, averages, looksBack, accumulates, state } = this.#plan.native;
    const parts = Object.entries({ averages, looksBack, accumulates, [state]: state !== 'full' });
    return [...new Set(rules), ...parts.filter(([, has]) => has).map(([name]) => name)].join(' + ');
  }

  /** Type and shapes of the parameters, as `float32[3, 2×5]`. */
  #shape(): string {
    return `${this.#parameters.length > 0 ? this.#type : ''}[${this.#shapes.map((shape) => shape.join('×')).join(', ')}]`;
  }

  /** All of them, or none where one is refused. */
  #restorePlateaus(json = '[]'): void {
    const { plateaus } = this.#plan;
    const before = plateaus.map(({ state }) => state);
    try {
      const states = JSON.parse(json);
      if (states.length !== plateaus.length) throw new Error(`${states.length} plateaus for ${plateaus.length}`);
      plateaus.forEach((plateau, i) => {
        plateau.restore(states[i]);
      });
    } catch (error) {
      plateaus.forEach((plateau, i) => {
        plateau.restore(before[i]!);
      });
      throw errorWith('ERR_CORRUPT_FILE', `the state of schedules does not fit: ${(error as Error).message}`);
    }
  }

  #checkIdle(): void {
    if (this.#busy)
      throw errorWith('ERR_BUSY', 'the previous stepAsync of this optimizer has not finished; await it first');
  }

  /** Checks what can be checked here, and returns the gradients as lists that no getter or proxy can change any more. */
  #ready(gradients: readonly Gradient[]): Gradients {
    if (!Array.isArray(gradients)) throw invalid('gradients', 'an array of typed arrays', gradients);
    if (gradients.length !== this.#parameters.length)
      throw errorWith('ERR_SHAPE', `there are ${gradients.length} gradients for ${this.#parameters.length} parameters`);
    const rows: (Uint32Array | undefined)[] = [];
    const values = Array.from(gradients as readonly Gradient[], (gradient, i) => {
      rows.push(undefined);
      if (isFloatArray(gradient)) return gradient;
      if (isBfloat16(gradient)) return gradient.bfloat16;
      if (types.isUint16Array(gradient))
        throw errorWith('ERR_INVALID_ARGUMENT', `gradients[${i}] is a Uint16Array; mark it as bfloat16(bits)`);
      if (gradient === null || typeof gradient !== 'object' || !('rows' in gradient)) return gradient; // refused by name
      rows[i] = this.#rowsOf(gradient, i);
      return gradient.values;
    });
    this.#checkIdle();
    this.#plan.fill(this.#row, 0, this.steps);
    return { values, rows };
  }

  #rowsOf({ rows, values, columns }: SparseGradient, i: number): Uint32Array {
    const name = `gradients[${i}]`;
    const reason = this.#plan.whyNotSparse(i);
    if (reason !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', `parameters[${i}] takes no sparse gradients: ${reason}`);
    if (!isFloatArray(values)) throw invalid(`${name}.values`, 'a Float32Array or Float64Array', values);
    if (columns !== this.#shapes[i]![1])
      throw errorWith('ERR_SHAPE', `${name} has ${columns} columns, but parameters[${i}] has ${this.#shapes[i]![1]}`);
    if (types.isUint32Array(rows)) return rows;
    if (!types.isInt32Array(rows) && !Array.isArray(rows))
      throw invalid(`${name}.rows`, 'a Uint32Array or an array of row numbers', rows);
    return Uint32Array.from(rows as readonly number[], (row) => checkInteger(`${name}.rows`, row, 0, 2 ** 32 - 1));
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
        lengthGetter.call(values[i]) === lengthGetter.call(parameters[i]) &&
        lengthGetter.call(parameters[i]) > 0;
    if (isLent) return;
    this.#lent = undefined;
    this.#native.lend(parameters, values, rows);
    if (rows.every((list) => list === undefined)) this.#lent = values;
  }

  #finish(outcome: NativeOutcome): boolean {
    this.#isSharpened = false;
    this.#steps = this.#counters[0]!;
    if (outcome === 'stepped') return true;
    if (outcome === 'accumulated') return false;
    if (this.#plan.onNonFinite === 'throw')
      throw errorWith('ERR_NON_FINITE', `the gradient of step ${this.steps + 1} is not finite; nothing has changed`);
    this.#counters[1]! += 1;
    return false;
  }

  /** An array in shared memory as it is, and a copy of another there. */
  #staged(name: string, array: FloatArray | Uint16Array, i: number): FloatArray | Uint16Array {
    const isOurs = isFloatArray(array) || types.isUint16Array(array);
    // What is of no use is refused by the native side, by name.
    if (!isOurs || isShared(array) || isDetached(array) || array.length !== this.#shapes[i]!.reduce((a, b) => a * b, 1))
      return array;
    const type = isFloatArray(array) ? typeOf(array) : 'bfloat16';
    const key = `${name} ${type}`;
    const copy = this.#staging.get(key) ?? viewOf(sharedBytes(array.byteLength), type, 0, array.length);
    this.#staging.set(key, copy);
    copy.set(array);
    return copy;
  }
}

const nameOf = ({ name, array }: NativePlace): string => (array === undefined ? name : `${name}.${array}`);

/** A copy in shared memory, which can't be transferred away. */
function copied(array: FloatArray | Uint16Array): FloatArray | Uint16Array {
  if (isShared(array) || isDetached(array) || !isFloatArray(array)) return array;
  const copy = sharedFloats(typeOf(array), array.length);
  copy.set(array);
  return copy;
}

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function groupsOf(
  parameters: readonly Parameter[] | readonly ParameterGroup[],
): (Omit<Group, 'arrays'> & { parameters: readonly Parameter[] })[] {
  const isGroup = (item: Parameter | ParameterGroup): item is ParameterGroup =>
    item !== null && typeof item === 'object' && !isFloatArray(item) && 'parameters' in item;
  if (!parameters.some(isGroup))
    return [{ parameters: parameters as readonly Parameter[], frozen: false, decay: true, overrides: {} }];
  return parameters.map((group, i) => {
    if (!isGroup(group)) throw invalid(`parameters[${i}]`, 'a group { parameters, … } as the others', group);
    const { parameters, frozen, ...overrides } = group;
    if (!Array.isArray(parameters)) throw invalid(`parameters[${i}].parameters`, 'an array', parameters);
    return {
      parameters: parameters as readonly Parameter[],
      frozen: checkBoolean(`parameters[${i}].frozen`, orDefault(frozen, false)),
      decay: true,
      overrides,
    };
  });
}

function checkParameter(
  parameter: Parameter,
  i: number,
  first: Parameter,
): { data: FloatArray; shape: readonly number[]; isShaped: boolean } {
  const name = `parameters[${i}]`;
  const data = arrayOf(parameter);
  if (!isFloatArray(data)) throw invalid(name, 'a Float32Array or Float64Array', data);
  if (typeOf(data) !== typeOf(arrayOf(first)))
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} is of another type than parameters[0]`);
  const buffer = bufferOf(data) as { resizable?: boolean; growable?: boolean };
  if (buffer.resizable || buffer.growable)
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} lies in a resizable buffer; copy it into one of fixed length`);
  if (isFloatArray(parameter)) return { data, shape: [data.length], isShaped: false };
  const shape: unknown = parameter.shape;
  if (!Array.isArray(shape) || !shape.every((side) => Number.isSafeInteger(side) && side >= 0))
    throw invalid(`${name}.shape`, 'an array of whole numbers', shape);
  if (shape.reduce((a, b) => a * b, 1) !== data.length)
    throw errorWith(
      'ERR_SHAPE',
      `${name} has ${data.length} elements, but its shape is ${shape.join('×') || 'a scalar'}`,
    );
  return { data, shape: [...shape], isShaped: true };
}

const arrayOf = (parameter: Parameter): FloatArray =>
  parameter !== null && typeof parameter === 'object' && !isFloatArray(parameter) && 'data' in parameter
    ? parameter.data
    : (parameter as FloatArray);
