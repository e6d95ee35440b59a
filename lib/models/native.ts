import type { NativeNetwork } from '../addon/index.js';
import { invalid } from '../checks.js';

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
