import { types } from 'node:util';
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
  readonly #staging: { parameters?: FloatArray[]; gradients?: FloatArray[] } = {};
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
    return this.#bound.learningRate(this.#steps);
  }

  /**
   * Updates the parameters from their gradients, one array for each, of the same type and length. Small steps are done
   * at once on this thread; large ones by all threads, while this one waits.
   *
   * @throws RangeError `ERR_SHAPE`, TypeError `ERR_INVALID_ARGUMENT`, GlissadeError `ERR_DETACHED` or `ERR_BUSY`; then
   *   nothing has changed.
   */
  step(gradients: readonly FloatArray[]): void {
    const list = this.#ready(gradients);
    this.#native.step(this.#parameters, list, this.#row, this.#steps + 1, this.#bound.gradientScale);
    this.#steps += 1;
  }

  /**
   * As {@link step}, on the engine's threads, while this one goes on. Arrays in shared memory are used in place and must
   * be left alone until the promise resolves. Others might be transferred away meanwhile: they are copied first (so that
   * gradients may even overlap parameters), and the parameters are copied back in the end.
   *
   * @returns A promise, which rejects as {@link step} throws; and with `ERR_DETACHED` where parameters were transferred away
   *   meanwhile, which then have missed the step.
   */
  async stepAsync(gradients: readonly FloatArray[]): Promise<void> {
    const list = this.#ready(gradients);
    const parameters = this.#staged('parameters', this.#parameters);
    const finished = this.#native.stepAsync(
      parameters,
      this.#staged('gradients', list),
      this.#row,
      this.#steps + 1,
      this.#bound.gradientScale,
    );
    this.#busy = true;
    await finished;
    this.#busy = false;
    this.#steps += 1;
    const gone: string[] = [];
    for (const [i, array] of this.#parameters.entries()) {
      if (isDetached(array)) gone.push(`parameters[${i}]`);
      else if (array !== parameters[i]) array.set(parameters[i]!);
    }
    if (gone.length > 0)
      throw errorWith('ERR_DETACHED', `during the step, the buffer of ${gone.join(', ')} has been detached`);
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
      metadata: {
        format: 'glissade.optimizer',
        rule: this.#bound.kernel,
        steps: String(this.#steps),
        parameters: this.#shape(),
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
    const steps = Number(metadata.steps);
    const isOurs =
      metadata.format === 'glissade.optimizer' &&
      /^\d+$/.test(metadata.steps ?? '') &&
      Number.isSafeInteger(steps) &&
      typeof metadata.rule === 'string' &&
      typeof metadata.parameters === 'string';
    if (!isOurs) throw errorWith('ERR_CORRUPT_FILE', 'the file holds no optimizer state');
    if (metadata.rule !== this.#bound.kernel)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the state was saved by ${metadata.rule}, but this optimizer runs ${this.#bound.kernel}`,
      );
    if (metadata.parameters !== this.#shape())
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the state is of parameters ${metadata.parameters}, but this optimizer has ${this.#shape()}`,
      );
    const pairs = this.#states.flatMap(([name, arrays]) =>
      arrays.map((to, i): [FloatArray, FloatArray] => {
        const from = tensors.get(`${name}.${i}`)?.data;
        if (!from || from.length !== to.length || typeOf(from) !== typeOf(to))
          throw errorWith('ERR_CORRUPT_FILE', `${name}.${i} is missing or does not fit parameters[${i}]`);
        return [to, from];
      }),
    );
    for (const [to, from] of pairs) to.set(from);
    this.#steps = steps;
  }

  /** Type and lengths of the parameters, as `float32[3, 2]`. */
  #shape(): string {
    const type = this.#parameters.length > 0 ? typeOf(this.#parameters[0]!) : '';
    return `${type}[${this.#parameters.map(({ length }) => length).join(', ')}]`;
  }

  #checkIdle(): void {
    if (this.#busy)
      throw errorWith('ERR_BUSY', 'the previous stepAsync of this optimizer has not finished; await it first');
  }

  /** Checks what can be checked here, and returns the gradients as a list that no getter or proxy can change any more. */
  #ready(gradients: readonly FloatArray[]): FloatArray[] {
    if (!Array.isArray(gradients)) throw invalid('gradients', 'an array of typed arrays', gradients);
    if (gradients.length !== this.#parameters.length)
      throw errorWith('ERR_SHAPE', `there are ${gradients.length} gradients for ${this.#parameters.length} parameters`);
    const list = Array.from(gradients);
    this.#checkIdle();
    this.#bound.fill(this.#row, 0, this.#steps, true);
    return list;
  }

  /** Arrays in shared memory as they are, and copies of the others there. */
  #staged(kind: 'parameters' | 'gradients', arrays: readonly FloatArray[]): FloatArray[] {
    return arrays.map((array, i) => {
      // What is of no use is refused by the native side, by name.
      if (!isFloatArray(array) || isShared(array) || isDetached(array)) return array;
      this.#staging[kind] ??= sharedLike(this.#parameters);
      const copy = this.#staging[kind][i]!;
      if (array.length !== copy.length || typeOf(array) !== typeOf(copy)) return array;
      copy.set(array);
      return copy;
    });
  }
}

function checkParameter(array: FloatArray, i: number, first: FloatArray): void {
  if (!isFloatArray(array)) throw invalid(`parameters[${i}]`, 'a Float32Array or Float64Array', array);
  if (typeOf(array) !== typeOf(first))
    throw errorWith('ERR_INVALID_ARGUMENT', `parameters[${i}] is of another type than parameters[0]`);
  const buffer = bufferOf(array) as { resizable?: boolean; growable?: boolean };
  if (buffer.resizable || buffer.growable)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `parameters[${i}] lies in a resizable buffer; copy it into one of fixed length`,
    );
}
