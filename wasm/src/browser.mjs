// The module in a browser, in one file: the compressed WebAssembly, the script that starts it, and that script's text,
// which the module's threads run.

import script from 'glissade.js?text';
import packed from 'glissade.wasm.gz';
import { startAddon } from './addon.mjs';
import glissade from './glissade.js';

/** @returns {Promise<WebAssembly.Module>} */
async function compile() {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return WebAssembly.compile(await new Response(stream).arrayBuffer());
}

/** Starts the threads beforehand: while the page's thread waits for a result, a browser starts none. */
async function startThreads(threads) {
  for (let i = 0; i < navigator.hardwareConcurrency; ++i) threads.allocateUnusedWorker();
  await Promise.all(threads.unusedWorkers.map(threads.loadWasmModuleToWorker));
}

/**
 * Makes an instance of the module. Its memory is shared, so that no array is detached when it grows. A page that is not
 * isolated can create shared memory but not pass it to a worker, so the module runs on the page's own thread there.
 *
 * @param {{ hasThreads?: boolean }} options Whether to use threads. Default: where the page is isolated.
 */
export async function instantiate({ hasThreads = globalThis.crossOriginIsolated === true } = {}) {
  const compiled = await compile();
  const host = {
    hasThreads,
    buffers: new WeakSet(), // of the memory: each piece that JavaScript gets has one of its own
    mainScriptUrlOrBlob: new Blob([script], { type: 'text/javascript' }),
    instantiateWasm(imports, receive) {
      WebAssembly.instantiate(compiled, imports).then((instance) => receive(instance, compiled));
      return {};
    },
  };
  await glissade(host);
  if (hasThreads) await startThreads(host.PThread);
  return startAddon(host);
}
