// The module in Node, on the main thread and in Workers: synchronously.
const fs = require('node:fs');
const path = require('node:path');
const { startAddon } = require('./addon.mjs');
const glissade = require('./glissade.js');

let compiled;

/** Makes an instance of the module. Its memory is shared, for its threads: when it grows, no array is detached. */
exports.instantiate = () => {
  compiled ??= new WebAssembly.Module(fs.readFileSync(path.join(__dirname, 'glissade.wasm')));
  const host = {
    hasThreads: true,
    buffers: new WeakSet(), // of the memory: each piece that JavaScript gets has one of its own
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(compiled, imports);
      receive(instance, compiled);
      return instance.exports;
    },
  };
  glissade(host);
  return startAddon(host);
};
