import { runtime } from '../../lib/runtime';

/** Whether kernels take denormal numbers for zeros. WebAssembly can't. */
export const flushesDenormals = !runtime().instructionSets.includes('simd128');
