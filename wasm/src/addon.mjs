import { createContext } from '@emnapi/runtime';
import { version } from '../package.json';
import { Ballast } from './ballast.mjs';

/** The addon of an instance of the module, and what lib/addon/wasm needs of its memory. */
export function startAddon(host) {
  const ballast = new Ballast();
  const context = createContext({ onExternalMemoryChange: (_now, _before, change) => ballast.adjust(Number(change)) });
  return {
    version,
    addon: host.emnapiInit({ context, filename: 'glissade' }),
    memory: host.wasmMemory,
    buffers: host.buffers,
    allocate: host._aligned_alloc,
    free: host._free,
    reportMemory: (bytes) => ballast.adjust(bytes),
  };
}
