import { runtime } from 'glissade';
import { threadsOf } from '../wording.mjs';

export const { threads, instructionSets } = runtime();

export const sizes = { 16384: '16,384', [2 ** 20]: '1 M', [2 ** 26]: '64 M' };

const argumentsOf = (options) =>
  Object.entries(options).flatMap(([key, value]) => [
    `--${key}`,
    typeof value === 'object' ? JSON.stringify(value) : value,
  ]);

/** `options` are those of glissade.mjs. */
export const ours = (name, options, { env, bytes } = {}) => ({
  name,
  program: 'optimizers/glissade.mjs',
  args: argumentsOf(options),
  env,
  bytes,
});

/** `options` are those of torch_step.py. */
export const torch = (name, options) => ({
  peer: 'torch',
  name,
  program: 'optimizers/torch_step.py',
  args: argumentsOf({ threads, ...options }),
});

/** `passes` are those of limit.cpp: `'4:3'`. */
export const limit = (passes, size, { pages = 'plain', threads: team = threads } = {}) => ({
  peer: 'limit',
  name: `limit, ${threadsOf(team)}${pages === 'huge' ? ', huge pages' : ''}`,
  program: 'optimizers/limit.cpp',
  args: [size, team, pages, passes],
});

/** How many bytes a number of float32 parameters takes that reads and writes arrays as `passes` says. */
export const bytesOf = (passes, size) =>
  size * Float32Array.BYTES_PER_ELEMENT * arraysOf(passes).reduce((a, b) => a + b);

/** How many arrays are read and how many written, in all passes. */
export const arraysOf = (passes) => {
  const pairs = passes.split(',').map((pass) => pass.split(':').map(Number));
  return [0, 1].map((i) => pairs.reduce((sum, pair) => sum + pair[i], 0));
};
