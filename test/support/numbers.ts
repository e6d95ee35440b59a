import type { FloatArray, FloatType } from '../../lib/addon';

const { cos, floor, imul, log, PI, sqrt } = Math;

export const floatClass = { float32: Float32Array, float64: Float64Array } as const;

/** Reproducible numbers in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = imul(state ^ (state >>> 15), state | 1);
    z ^= z + imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed numbers (Box & Muller). */
export function normal(seed: number): () => number {
  const uniform = random(seed);
  return () => sqrt(-2 * log(1 - uniform())) * cos(2 * PI * uniform());
}

/** Numbers of mean 0, each correlated with the one before (an autoregressive process of order 1). */
export function autoregressive(correlation: number, seed: number): () => number {
  const draw = normal(seed);
  let x = draw() / sqrt(1 - correlation ** 2);
  return () => {
    x = correlation * x + draw();
    return x;
  };
}

const denormal = { float32: 2 ** -130, float64: 2 ** -1030 } as const;

/** Numbers that reveal mistakes of rounding and flushing: ±0, denormals, and numbers with denormal squares. */
const awkward = (type: FloatType) => [
  0,
  -0,
  denormal[type],
  -denormal[type],
  type === 'float32' ? 1e-21 : 1e-157,
  1e-30,
];

const mixed = (type: FloatType, length: number, seed: number, ordinary: () => number): FloatArray => {
  const uniform = random(seed);
  const rare = awkward(type);
  return new floatClass[type](length).map(() => (uniform() < 0.2 ? rare[floor(uniform() * rare.length)]! : ordinary()));
};

/** Normally distributed numbers, a fifth of them replaced by difficult ones. */
export const parameters = (type: FloatType, length: number, seed: number): FloatArray =>
  mixed(type, length, seed, normal(seed + 1));

/** Numbers over six decades, a fifth of them replaced by difficult ones. */
export function gradients(type: FloatType, length: number, seed: number): FloatArray {
  const size = random(seed + 2);
  const value = normal(seed + 1);
  return mixed(type, length, seed, () => value() * 10 ** (6 * size() - 4));
}

export const range = (end: number): number[] => Array.from({ length: end }, (_, i) => i);
