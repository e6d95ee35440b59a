import { runtime } from 'glissade';
import { threadsOf } from '../wording.mjs';

export const { threads, instructionSets } = runtime();

export const sizes = { 16384: '16,384', [2 ** 20]: '1 M', [2 ** 26]: '64 M' };

const argumentsOf = (options) =>
  Object.entries(options).flatMap(([key, value]) => [
    `--${key}`,
    typeof value === 'object' ? JSON.stringify(value) : value,
  ]);

/** Glissade as a contestant. `options` are those of glissade.mjs. */
export const ours = (name, options, { env, bytes } = {}) => ({
  name,
  program: 'optimizers/glissade.mjs',
  args: argumentsOf(options),
  env,
  bytes,
});

/** PyTorch as a contestant. `options` are those of torch_step.py. */
export const torch = (name, options) => ({
  peer: 'torch',
  name,
  program: 'optimizers/torch_step.py',
  args: argumentsOf({ threads, ...options }),
});

/** The machine's limit as a contestant. `passes` are those of limit.cpp, like `'4:3'`. */
export const limit = (passes, size, { pages = 'plain', threads: team = threads } = {}) => ({
  peer: 'limit',
  name: `limit, ${threadsOf(team)}${pages === 'huge' ? ', huge pages' : ''}`,
  program: 'optimizers/limit.cpp',
  args: [size, team, pages, passes],
});

/** Bytes read and written by a step on `size` float32 parameters, with the given passes. */
export const bytesOf = (passes, size) =>
  size * Float32Array.BYTES_PER_ELEMENT * arraysOf(passes).reduce((a, b) => a + b);

/** The numbers of arrays that all passes read and write. */
export const arraysOf = (passes) => {
  const pairs = passes.split(',').map((pass) => pass.split(':').map(Number));
  return [0, 1].map((i) => pairs.reduce((sum, pair) => sum + pair[i], 0));
};
