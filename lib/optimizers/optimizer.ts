import { types } from 'node:util';
import { markAsUntransferable } from 'node:worker_threads';
import { addon, type FloatArray, type NativeOptimizer } from '../addon/index.js';
import { bufferOf, invalid, isDetached, isFloatArray, isShared } from '../checks.js';
import { errorWith } from '../errors.js';
import { sharedLike, typeOf } from '../memory.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../persistence/safetensors.js';
import { type BoundRule, bindRule, type Rule } from './rule.js';

/**
 * An update rule bound to arrays that you own, which it updates in place.
 *
 * @example
 * const optimizer = new Optimizer([weights, biases], adamw({ learningRate: 1e-3 }));
 * optimizer.step([gradWeights, gradBiases]);
 */
export class Optimizer {
  /** The rule, with all its hyperparameters. */
  readonly rule: Rule;
  /** The rule's state by name (`'m'`, `'v'`, …): an array for each parameter, live. */
  readonly state: ReadonlyMap<string, readonly FloatArray[]>;

  readonly #parameters: readonly FloatArray[];
  readonly #bound: BoundRule;
  readonly #states: readonly (readonly [name: string, arrays: readonly FloatArray[]])[];
  readonly #native: NativeOptimizer;
  readonly #row: Float64Array;
  #staged: FloatArray[] | undefined;
  #busy = false;
  #steps = 0;

  /**
   * @param parameters Float32Arrays or Float64Arrays, all of one type. Arithmetic is done in that type.
   * @param rule What `sgd`, `momentum`, `adam` or `adamw` returns.
   * @throws TypeError `ERR_INVALID_ARGUMENT` for other arrays, resizable buffers, overlapping arrays or an unknown rule.
   * @throws GlissadeError `ERR_DETACHED` where an array's buffer has been transferred away.
   */
  constructor(parameters: readonly FloatArray[], rule: Rule) {
    if (!Array.isArray(parameters))
      throw invalid('parameters', 'an array of Float32Arrays or Float64Arrays', parameters);
    for (const [i, array] of parameters.entries()) checkParameter(array, i, parameters[0]!);
    this.#parameters = Object.freeze([...parameters]);
    this.#bound = bindRule('rule', rule);
    this.rule = this.#bound.rule;
    this.#row = new Float64Array(this.#bound.width);

    const type = parameters.length > 0 ? typeOf(parameters[0]!) : 'float32';
    const names = this.#bound.states;
    const slabs = names.map(() => sharedLike(parameters));
    this.#states = names.map((name, i) => [name, Object.freeze(slabs[i]!)]);
    this.state = new Map(this.#states);
    const states = parameters.flatMap((_, i) => slabs.map((slab) => slab[i]!));
    this.#native = new addon.Optimizer({ rule: this.#bound.kernel, type, parameters: this.#parameters, states });
  }

  /** The arrays that are updated. */
  get parameters(): readonly FloatArray[] {
    return this.#parameters;
  }

  /** How many steps have been taken. */
  get steps(): number {
    return this.#steps;
  }

  /** η of the next step. */
  get learningRate(): number {
    const { learningRate } = this.rule;
    return typeof learningRate === 'function' ? learningRate(this.#steps) : (learningRate as number);
  }

  /**
   * Updates the parameters from their gradients, one array for each, of the same type and length. Small steps are done
   * at once on this thread; large ones by all threads, while this one waits.
   *
   * @throws RangeError `ERR_SHAPE`, TypeError `ERR_INVALID_ARGUMENT`, GlissadeError `ERR_DETACHED` or `ERR_BUSY`; then
   *   nothing has changed.
   */
  step(gradients: readonly FloatArray[]): void {
    this.#ready(gradients);
    this.#native.step(gradients, this.#row, this.#steps + 1, this.#bound.gradientScale);
    this.#steps += 1;
  }

  /**
   * As {@link step}, on the engine's threads, while this one goes on. Gradients in shared memory are read in place and must
   * be left alone until the promise resolves; others are copied first. Parameters that are not in shared memory can no
   * longer be transferred to other threads; don't call `transfer()` of their buffer before the promise resolves.
   */
  async stepAsync(gradients: readonly FloatArray[]): Promise<void> {
    this.#ready(gradients);
    const staged = gradients.map((gradient, i) => this.#stage(gradient, i));
    const finished = this.#native.stepAsync(staged, this.#row, this.#steps + 1, this.#bound.gradientScale);
    for (const array of this.#parameters) if (!isShared(array)) markAsUntransferable(bufferOf(array));
    this.#busy = true;
    await finished;
    this.#busy = false;
    this.#steps += 1;
  }

  /**
   * The state, with the number of steps, as bytes in the safetensors format. Parameters are not part of it.
   *
   * @throws GlissadeError `ERR_BUSY` during a {@link stepAsync}.
   */
  save(): Uint8Array {
    this.#checkIdle();
    const tensors = new Map<string, Tensor>();
    for (const [name, arrays] of this.#states)
      for (const [i, data] of arrays.entries()) tensors.set(`${name}.${i}`, { data, shape: [data.length] });
    return writeSafetensors({
      tensors,
      metadata: { format: 'glissade.optimizer', rule: this.#bound.kernel, steps: String(this.#steps) },
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
    const steps = Number(metadata.steps);
    if (metadata.format !== 'glissade.optimizer' || !/^\d+$/.test(metadata.steps ?? '') || !Number.isSafeInteger(steps))
      throw errorWith('ERR_CORRUPT_FILE', 'the file holds no optimizer state');
    if (metadata.rule !== this.#bound.kernel)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the state was saved by ${metadata.rule}, but this optimizer runs ${this.#bound.kernel}`,
      );
    const pairs = this.#states.flatMap(([name, arrays]) =>
      arrays.map((to, i): [FloatArray, FloatArray] => {
        const from = tensors.get(`${name}.${i}`)?.data;
        if (!from || from.length !== to.length || from.BYTES_PER_ELEMENT !== to.BYTES_PER_ELEMENT)
          throw errorWith('ERR_INVALID_ARGUMENT', `the saved ${name}.${i} does not fit parameters[${i}]`);
        return [to, from];
      }),
    );
    if (tensors.size > pairs.length)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the state is of ${tensors.size / this.#states.length} parameters, but this optimizer has ${this.#parameters.length}`,
      );
    for (const [to, from] of pairs) to.set(from);
    this.#steps = steps;
  }

  #checkIdle(): void {
    if (this.#busy)
      throw errorWith('ERR_BUSY', 'the previous stepAsync of this optimizer has not finished; await it first');
  }

  #ready(gradients: readonly FloatArray[]): void {
    this.#checkIdle();
    if (!Array.isArray(gradients)) throw invalid('gradients', 'an array of typed arrays', gradients);
    if (gradients.length !== this.#parameters.length)
      throw errorWith('ERR_SHAPE', `there are ${gradients.length} gradients for ${this.#parameters.length} parameters`);
    this.#bound.fill(this.#row, 0, this.#steps, true);
  }

  #stage(gradient: FloatArray, i: number): FloatArray {
    const parameter = this.#parameters[i]!;
    const fits =
      isFloatArray(gradient) &&
      gradient.length === parameter.length &&
      gradient.BYTES_PER_ELEMENT === parameter.BYTES_PER_ELEMENT;
    if (!fits || isShared(gradient)) return gradient; // what does not fit is refused by the native side, by name
    this.#staged ??= sharedLike(this.#parameters);
    this.#staged[i]!.set(gradient);
    return this.#staged[i]!;
  }
}

function checkParameter(array: FloatArray, i: number, first: FloatArray): void {
  if (!isFloatArray(array)) throw invalid(`parameters[${i}]`, 'a Float32Array or Float64Array', array);
  if (array.BYTES_PER_ELEMENT !== first.BYTES_PER_ELEMENT)
    throw errorWith('ERR_INVALID_ARGUMENT', `parameters[${i}] is of another type than parameters[0]`);
  const buffer = bufferOf(array) as { resizable?: boolean; growable?: boolean };
  if (buffer.resizable || buffer.growable)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `parameters[${i}] lies in a resizable buffer; copy it into one of fixed length`,
    );
}
