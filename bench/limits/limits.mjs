import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { compiled } from '../peers/compiler.mjs';

/**
 * The machine's limits with one thread and with all: GFLOP/s of float32 per instruction set, GFLOP/s of bfloat16 per
 * kind of instruction, GB/s of memory. Undefined without a C++ compiler.
 *
 * @returns {Record<'float32' | 'bfloat16' | 'memory', Record<string, { one: number, all: number }>> | undefined}
 */
export function measureLimits(threads) {
  const binary = compiled(path.join(import.meta.dirname, 'limits.cpp'), ['-ffp-contract=off']); // SSE2 adds separately
  if (!binary) return undefined;
  const { status, stdout, stderr } = spawnSync(binary, [String(threads)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`limits.cpp failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Instruction sets that add only bfloat16 products to another set. */
const basisOf = { avx512bf16: 'avx512', amx: 'avx512' };

/** Whether an instruction set has its own float32 arithmetic. */
export const isOwnInFloat32 = (instructionSet) => basisOf[instructionSet] === undefined;

/**
 * The peak of all threads for a precision: in float32 that of the instruction set, in bfloat16 that of the fastest
 * bfloat16 instructions. Without these, numbers are converted, so the peak is that of float32.
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
