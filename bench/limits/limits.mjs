import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { compiled } from '../peers/compiler.mjs';

/**
 * What the machine can do at most, with one thread and with all: GFLOP/s of float32 per instruction set and of bfloat16 per unit,
 * GB/s of memory. Nothing where there is no C++ compiler.
 *
 * @returns {Record<'float32' | 'bfloat16' | 'memory', Record<string, { one: number, all: number }>> | undefined}
 */
export function measureLimits(threads) {
  const binary = compiled(path.join(import.meta.dirname, 'limits.cpp'), ['-ffp-contract=off']); // a sum of its own in SSE2
  if (!binary) return undefined;
  const { status, stdout, stderr } = spawnSync(binary, [String(threads)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`limits.cpp failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Sets that add only products of bfloat16 numbers to what others have. */
const basisOf = { avx512bf16: 'avx512', amx: 'avx512' };

/** Whether an instruction set has float32 arithmetic of its own. */
export const isOwnInFloat32 = (instructionSet) => basisOf[instructionSet] === undefined;

/**
 * The peak of all threads that arithmetic in a precision is held against: in float32 that of an instruction set, in bfloat16 that of
 * the fastest unit; where there is none for bfloat16, numbers are converted and the peak is that of float32.
 */
export function peakOf(limits, { precision, instructionSet }) {
  const units = Object.entries(limits?.bfloat16 ?? {});
  if (precision === 'bfloat16' && units.length > 0) {
    const [name, { all }] = units.reduce((a, b) => (b[1].all > a[1].all ? b : a));
    return { name, gigaflops: all };
  }
  const name = basisOf[instructionSet] ?? instructionSet;
  const limit = limits?.float32[name];
  return limit && { name, gigaflops: limit.all };
}
