import { types } from 'node:util';
import type { FloatArray, FloatType, NativeOptimizer, NativePlace } from '../addon/index.js';
import { invalid, isDetached } from '../checks.js';
import { errorWith } from '../errors.js';
import { sharedBytes, viewOf } from '../memory.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../persistence/safetensors.js';
import type { Plan } from './plan.js';
import { nativeRules } from './rule.js';

/** As it is stored: bits of bfloat16 in a Uint16Array. */
export type StateArray = FloatArray | Uint32Array | Uint16Array | Uint8Array;

/** Of rows of hyperparameters, in native/core/optimizers/optimizer.h. */
const longestHistory = 4096;

/** What an optimizer remembers from step to step, in one piece of shared memory. */
export class State {
  /** By name, an array for each parameter. */
  readonly arrays: ReadonlyMap<string, readonly StateArray[]>;
  /** As `Counters` in native/core/optimizers/state_layout.h: steps, skipped, accumulated, gradientNorm. */
  readonly counters: Float64Array;
  readonly #plan: Plan;
  readonly #native: NativeOptimizer;
  readonly #places: readonly NativePlace[];
  readonly #slab: Uint8Array;
  readonly #rowLength: number;
  /** What else must be the same where it is restored. */
  readonly #identity: { rule: string; parameters: string };

  constructor(native: NativeOptimizer, plan: Plan, parameters: readonly FloatArray[], type: FloatType) {
    const { bytes, places, rowLength } = native.layout();
    this.#plan = plan;
    this.#native = native;
    this.#places = places;
    this.#slab = sharedBytes(bytes);
    this.#rowLength = rowLength;
    native.bind(this.#slab, parameters);
    const ofRules = plan.native.rules.flatMap((kernel) => nativeRules()[kernel]!.states);
    const ofArrays = places.filter(({ array }) => array !== undefined);
    const names = new Set([...ofRules, ...ofArrays.map(({ name }) => name)]);
    const none = new Uint8Array(0);
    this.arrays = new Map(
      Array.from(names, (name) => {
        const list = parameters.map((): StateArray => none);
        for (const place of ofArrays) if (place.name === name) list[place.array!] = this.#view(place);
        return [name, Object.freeze(list)];
      }),
    );
    this.counters = this.#view(places.at(-1)!) as Float64Array;
    this.#identity = { rule: kindOf(plan), parameters: shapesOf(plan, parameters.length > 0 ? type : '') };
  }

  /** The state as bytes in the safetensors format. */
  save(): Uint8Array {
    const tensors = new Map<string, Tensor>();
    for (const place of this.#places) tensors.set(nameOf(place), { data: this.#view(place), shape: [place.length] });
    const history = this.#native.history();
    if (history.length > 0)
      tensors.set('history', { data: history, shape: [history.length / this.#rowLength, this.#rowLength] });
    const { plateaus } = this.#plan;
    return writeSafetensors({
      tensors,
      metadata: {
        format: 'glissade.optimizer',
        ...this.#identity,
        ...(plateaus.length > 0 && { plateaus: JSON.stringify(plateaus.map(({ state }) => state)) }),
      },
    });
  }

  /** Takes over what {@link save} wrote, or changes nothing. */
  restore(bytes: Uint8Array): void {
    if (!types.isUint8Array(bytes)) throw invalid('bytes', 'a Uint8Array', bytes);
    if (isDetached(bytes)) throw errorWith('ERR_DETACHED', 'the buffer of bytes has been detached');
    const { tensors, metadata } = readSafetensors(bytes);
    this.#checkIdentity(metadata);
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
    const pastRows = history.length / this.#rowLength;
    if (!types.isFloat64Array(history) || !Number.isInteger(pastRows) || pastRows > Math.min(steps!, longestHistory))
      throw errorWith('ERR_CORRUPT_FILE', 'the history of hyperparameters does not fit the number of steps');
    this.#restorePlateaus(metadata.plateaus);
    for (const [to, from] of pairs) to.set(from);
    // Where all steps have one row, that one stands for the past ones as well.
    const rows = this.#plan.native.scheduled ? history : new Float64Array(0);
    this.#native.recall(steps! - rows.length / this.#rowLength, rows);
  }

  #view({ type, offset, length }: NativePlace): StateArray {
    return viewOf(this.#slab, type, offset, length);
  }

  #checkIdentity({ format, rule, parameters }: Record<string, unknown>): void {
    if (format !== 'glissade.optimizer' || typeof rule !== 'string' || typeof parameters !== 'string')
      throw errorWith('ERR_CORRUPT_FILE', 'the file holds no optimizer state');
    const ours = this.#identity;
    if (rule !== ours.rule)
      throw errorWith('ERR_INVALID_ARGUMENT', `the state was saved by ${rule}, but this optimizer runs ${ours.rule}`);
    if (parameters !== ours.parameters)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the state is of parameters ${parameters}, but this optimizer has ${ours.parameters}`,
      );
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
}

/** The rules' formulas with what else is part of the state, as `adam + averages`. */
function kindOf({ native: { rules, averages, looksBack, accumulates, state } }: Plan): string {
  const parts = Object.entries({ averages, looksBack, accumulates, [state]: state !== 'full' });
  return [...new Set(rules), ...parts.filter(([, has]) => has).map(([name]) => name)].join(' + ');
}

/** Type and shapes of the parameters, as `float32[3, 2×5 frozen]`. */
function shapesOf({ arrays }: Plan, type: string): string {
  return `${type}[${arrays.map(({ shape, frozen }) => `${shape.join('×')}${frozen ? ' frozen' : ''}`).join(', ')}]`;
}

const nameOf = ({ name, array }: NativePlace): string => (array === undefined ? name : `${name}.${array}`);

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
