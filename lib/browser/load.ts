// Replaces lib/addon/load.cts in the bundle for browsers, where the addon is the WebAssembly module of glissade-wasm.

/** Starts the module, which takes some tenths of a second at the first time. */
const start = async (): Promise<unknown> => (await import('glissade-wasm')).instantiate();

declare const GLISSADE_VERSION: string; // the bundler's

const version = (): string => GLISSADE_VERSION;

export default { start, version };
