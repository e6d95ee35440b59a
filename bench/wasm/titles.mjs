export const stepTitle = 'training step, 784-128-10, batch 128, adam, float32, 1 thread';
export const startTitle = 'from import to the first prediction, in a new process of Node';
export const wasm = 'WebAssembly';
export const baseline = 'native, SSE2';
