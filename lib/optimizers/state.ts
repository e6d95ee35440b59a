import { types } from 'node:util';
import type { FloatArray, FloatType, NativeOptimizer, NativeStateEntry } from '../addon/index.js';
import { counters } from '../addon/records.js';
import { invalid } from '../checks/shown.js';
import { checkAttached } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../formats/safetensors.js';
import { sharedBytes, viewOf } from '../numbers/memory.js';
import type { Plan } from './plan.js';
import { nativeRules } from './rule.js';

/** An array of the state as it is stored. A Uint16Array contains bits of bfloat16. */
export type StateArray = FloatArray | Uint32Array | Uint16Array | Uint8Array;

const histories = 'history.';

/** The tensors of a file for named arrays in one piece of memory. */
export function tensorsOf(entries: readonly NativeStateEntry[], memory: Uint8Array): Map<string, Tensor> {
  return new Map(
    entries.map((entry) => {
      const view = viewOf(memory, entry.type, entry.offset, entry.length);
      const data = isSparse(entry) ? view.subarray(0, view.findLastIndex((x) => x !== 0) + 1) : view;
      return [nameOf(entry), { data, shape: [data.length] }];
    }),
  );
}

/** Name of an array in a file. */
export const nameOf = ({ name, array }: NativeStateEntry): string => (array === undefined ? name : `${name}.${array}`);

/** Whether an array mostly ends in zeros, which a file leaves out: marks of rows, and histories. */
const isSparse = ({ name }: NativeStateEntry): boolean => name === 'lastStep' || name.startsWith(histories);

/** Whether `length` numbers of a file may be those of an array. */
export const fits = (entry: NativeStateEntry, length: number): boolean =>
  isSparse(entry) ? length <= entry.length : length === entry.length;

/** @throws GlissadeError `ERR_CORRUPT_FILE` for hyperparameters of past steps that are out of range. */
export function checkHistories(plan: Plan, entries: readonly NativeStateEntry[], memory: Uint8Array): void {
  for (const { name, type, offset, length } of entries)
    if (name.startsWith(histories)) {
      const history = viewOf(memory, type, offset, length) as Float64Array;
      if (!plan.allowsHistory(Number(name.slice(histories.length)), history))
        throw errorWith('ERR_CORRUPT_FILE', `${name} contains a hyperparameter out of range`);
    }
}

/** The state of an optimizer, in one slab. */
export class State {
  /** An array for each parameter, by name. */
  readonly arrays: ReadonlyMap<string, readonly StateArray[]>;
  /** Indexed by `counters` of lib/addon/records.ts. */
  readonly counters: Float64Array;
  readonly #plan: Plan;
  readonly #native: NativeOptimizer;
  readonly #entries: readonly NativeStateEntry[];
  readonly #slab: Uint8Array;
  /** Rule and shapes, which must be equal on restoring. */
  readonly #identity: { rule: string; parameters: string };

  constructor(native: NativeOptimizer, plan: Plan, parameters: readonly FloatArray[], type: FloatType) {
    const { bytes, entries } = native.layout();
    this.#plan = plan;
    this.#native = native;
    this.#entries = entries;
    this.#slab = sharedBytes(bytes);
    native.bind(this.#slab, parameters);
    const ofRules = plan.native.rules.flatMap((kernel) => nativeRules()[kernel]!.states);
    const ofArrays = entries.filter(({ array }) => array !== undefined);
    const names = new Set([...ofRules, ...ofArrays.map(({ name }) => name)]);
    const none = new Uint8Array(0);
    this.arrays = new Map(
      Array.from(names, (name) => {
        const list = parameters.map((): StateArray => none);
        for (const entry of ofArrays) if (entry.name === name) list[entry.array!] = this.#view(entry);
        return [name, Object.freeze(list)];
      }),
    );
    this.counters = this.#view(entries.find(({ name }) => name === 'counters')!) as Float64Array;
    this.#identity = { rule: kindOf(plan), parameters: shapesOf(plan, parameters.length > 0 ? type : '') };
  }

  /** The state as bytes in the safetensors format. */
  save(): Uint8Array {
    return writeSafetensors({
      tensors: tensorsOf(this.#entries, this.#slab),
      metadata: { format: 'glissade.optimizer', ...this.#identity, ...plateausOf(this.#plan) },
    });
  }

  /** Restores what {@link save} returned, or changes nothing if it throws. */
  restore(bytes: Uint8Array): void {
    if (!types.isUint8Array(bytes)) throw invalid('bytes', 'a Uint8Array', bytes);
    checkAttached('bytes', bytes);
    const { tensors, metadata } = readSafetensors(bytes);
    this.#checkIdentity(metadata);
    const slab = sharedBytes(this.#slab.length);
    for (const entry of this.#entries) {
      const to = viewOf(slab, entry.type, entry.offset, entry.length);
      const from = tensors.get(nameOf(entry))?.data;
      if (!from || !fits(entry, from.length) || from.constructor.name !== to.constructor.name)
        throw errorWith('ERR_CORRUPT_FILE', `${nameOf(entry)} is missing or does not fit`);
      to.set(from);
    }
    checkHistories(this.#plan, this.#entries, slab);
    const accumulated = (tensors.get('counters')!.data as Float64Array)[counters.at.accumulated]!;
    if (!(accumulated < this.#plan.accumulate))
      throw errorWith('ERR_CORRUPT_FILE', `${accumulated} gradients wait for a step of ${this.#plan.accumulate}`);
    const undo = restorePlateaus(this.#plan, metadata.plateaus);
    try {
      this.#native.restore(slab);
    } catch (error) {
      undo();
      throw error;
    }
  }

  #view({ type, offset, length }: NativeStateEntry): StateArray {
    return viewOf(this.#slab, type, offset, length);
  }

  #checkIdentity({ format, rule, parameters }: Record<string, unknown>): void {
    if (format !== 'glissade.optimizer' || typeof rule !== 'string' || typeof parameters !== 'string')
      throw errorWith('ERR_CORRUPT_FILE', 'the file does not contain the state of an optimizer');
    const ours = this.#identity;
    if (rule !== ours.rule)
      throw errorWith('ERR_INVALID_ARGUMENT', `the state was saved by ${rule}, but this optimizer runs ${ours.rule}`);
    if (parameters !== ours.parameters)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the state is of parameters ${parameters}, but this optimizer has ${ours.parameters}`,
      );
  }
}

/** The state of the plateau schedules of a plan, for the metadata of a file. */
export function plateausOf({ plateaus }: Plan): Record<string, string> {
  return plateaus.length > 0 ? { plateaus: JSON.stringify(plateaus.map(({ state }) => state)) } : {};
}

/**
 * Restores all plateau schedules, or none if one refuses. Returns a function that undoes it.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE`
 */
export function restorePlateaus({ plateaus }: Plan, json = '[]'): () => void {
  const before = plateaus.map(({ state }) => state);
  const undo = () => {
    for (const [i, plateau] of plateaus.entries()) plateau.restore(before[i]!);
  };
  try {
    const states = JSON.parse(json);
    if (states.length !== plateaus.length) throw new Error(`${states.length} plateaus for ${plateaus.length}`);
    plateaus.forEach((plateau, i) => {
      plateau.restore(states[i]);
    });
  } catch (error) {
    undo();
    throw errorWith('ERR_CORRUPT_FILE', `the state of schedules does not fit: ${(error as Error).message}`);
  }
  return undo;
}

/** Names of the formulas and of what else is in the state, as `adam + averages`. */
function kindOf({ native: { rules, averages, hasSlowWeights, accumulates, state, isLazy } }: Plan): string {
  // The names are part of saved files.
  const parts = Object.entries({
    averages,
    looksBack: hasSlowWeights,
    accumulates,
    [state]: state !== 'full',
    lazy: isLazy,
  });
  return [...new Set(rules), ...parts.filter(([, has]) => has).map(([name]) => name)].join(' + ');
}

/** Type and shapes of the parameters, with their formulas if there are several, as `float32[3, 2×5 frozen]`. */
function shapesOf({ arrays, native: { rules } }: Plan, type: string): string {
  const isMixed = new Set(rules).size > 1;
  const list = arrays.map(({ shape, group, frozen }) =>
    [shape.join('×'), ...(isMixed ? [rules[group]] : []), ...(frozen ? ['frozen'] : [])].join(' '),
  );
  return `${type}[${list.join(', ')}]`;
}
