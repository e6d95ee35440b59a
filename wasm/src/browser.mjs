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
  const started = threads.unusedWorkers.map(threads.loadWasmModuleToWorker);
  await Promise.race([Promise.all(started), ...threads.unusedWorkers.map(failureOf)]);
}

/** Rejects if a worker can't start, such as when the page's security policy forbids workers. */
const failureOf = (worker) =>
  new Promise((_, reject) => {
    const refuse = ({ message }) =>
      reject(new Error(`a worker of glissade-wasm can't start: ${message ?? 'it is forbidden'}`));
    worker.addEventListener('error', refuse, { once: true });
  });

/** Starts the module. Rejects if the browser can't instantiate it: the promise of Emscripten's script never settles then. */
const run = (host, compiled) =>
  new Promise((resolve, reject) => {
    const instantiateWasm = (imports, receive) => {
      WebAssembly.instantiate(compiled, imports)
        .then((instance) => receive(instance, compiled))
        .catch(reject);
      return {};
    };
    glissade(Object.assign(host, { instantiateWasm })).then(resolve, reject);
  });

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
  };
  await run(host, compiled);
  if (hasThreads) await startThreads(host.PThread);
  return startAddon(host);
}
