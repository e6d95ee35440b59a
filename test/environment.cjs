const { TestEnvironment } = require('jest-environment-node');

const TypedArray = Object.getPrototypeOf(Uint8Array);
const binary = Object.getOwnPropertyNames(globalThis).filter(
  (name) => Object.getPrototypeOf(globalThis[name] ?? {}) === TypedArray,
);

/**
 * Jest runs tests in a realm of their own, with its own Float32Array. Node's modules hand out arrays of the outer realm,
 * and to `toEqual` the two differ. Here tests and Node share the classes of binary data.
 */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of [...binary, 'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Atomics'])
      this.global[name] = globalThis[name];
  }
};
