declare module 'glissade-wasm' {
  /** Starts the WebAssembly module: in a browser asynchronously, in Node at once. */
  export function instantiate(): unknown;
}
