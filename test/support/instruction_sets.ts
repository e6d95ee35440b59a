import { configure, runtime } from 'glissade';

/** Those of this machine. A line says which others stay untested here. */
export const instructionSets = runtime().instructionSets;

const all = process.arch === 'x64' ? ['baseline', 'avx2', 'avx512'] : ['neon'];
const missing = all.filter((set) => !instructionSets.includes(set));
if (missing.length > 0) process.stderr.write(`Not tested: ${missing.join(', ')}, which this machine does not have.\n`);

/** In a `describe`: its tests run on this instruction set. */
export function useInstructionSet(instructionSet: string): void {
  const before = runtime().instructionSet;
  beforeAll(() => configure({ instructionSet }));
  afterAll(() => configure({ instructionSet: before }));
}

/** Runs `work` with a number of threads. */
export async function withThreads<T>(threads: number, work: () => T | Promise<T>): Promise<T> {
  const before = runtime().threads;
  configure({ threads });
  try {
    return await work();
  } finally {
    configure({ threads: before });
  }
}
