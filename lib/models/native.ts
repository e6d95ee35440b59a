import type { NativeNetwork } from '../addon/index.js';
import { invalid } from '../checks/index.js';
import { errorWith } from '../errors.js';

const natives = new WeakMap<object, NativeNetwork>();

export function setNative(model: object, native: NativeNetwork): void {
  natives.set(model, native);
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for what is no network of this module. */
export function nativeOf(model: unknown): NativeNetwork {
  const native = natives.get(model as object);
  if (!native) throw invalid('model', 'a network', model);
  return native;
}

const inTraining = new WeakSet<object>();

/** A run of the model begins; until {@link endTraining} the run alone writes to the parameters. */
export function beginTraining(model: object): void {
  inTraining.add(model);
}

export function endTraining(model: object): void {
  inTraining.delete(model);
}

export function isTraining(model: object): boolean {
  return inTraining.has(model);
}

/** @throws GlissadeError `ERR_BUSY` while a run of the model is under way. */
export function checkIdle(model: object): void {
  if (isTraining(model)) throw errorWith('ERR_BUSY', 'the model is being trained; await the run or stop() it first');
}
