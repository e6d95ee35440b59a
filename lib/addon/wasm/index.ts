import { Membrane } from './membrane.js';
import type { WasmModule } from './memory.js';

export type { WasmModule } from './memory.js';

/** The addon of a WebAssembly module, for the rest of glissade. */
export function addonOf(module: WasmModule): Record<string, unknown> {
  const membrane = new Membrane(module);
  return {
    ...membrane.wrapExports(module.addon),
    setup: module.addon.setup, // its functions are for the module, and get no arrays
    newBytes: (length: number) => membrane.newBytes(length),
    newResult: (length: number) => membrane.newResult(length),
    alignment: (array: ArrayBufferView) => (membrane.has(array) ? array.byteOffset % 64 : 0),
    release: (array: ArrayBufferView) => {
      if (!membrane.has(array)) structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
    },
  };
}
