// Replaces glissade-wasm in the workers of the laboratory's pages, which carry the module in front of the script.

declare const glissadeWasm: { instantiate(options: { hasThreads: boolean }): Promise<unknown> };

/** Starts the module without threads: each run has a worker. */
export const instantiate = (): Promise<unknown> => glissadeWasm.instantiate({ hasThreads: false });
