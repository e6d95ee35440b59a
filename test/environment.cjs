const { TestEnvironment } = require('jest-environment-node');

const TypedArray = Object.getPrototypeOf(Uint8Array);
const binary = Object.getOwnPropertyNames(globalThis).filter(
  (name) => Object.getPrototypeOf(globalThis[name] ?? {}) === TypedArray,
);

/**
 * Jest runs tests in their own realm, with its own Float32Array. Node's modules return arrays of the outer realm, which
 * `toEqual` takes for different. This environment shares Node's classes of binary data with tests.
 */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of [...binary, 'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Atomics'])
      this.global[name] = globalThis[name];
  }
};
