import { type ConfigureOptions, configure, runtime } from '../../lib/runtime';

/** The instruction sets of this machine. A line on the standard error names the untested ones. */
export const instructionSets = runtime().instructionSets;

const ofProcessor = process.arch === 'x64' ? ['baseline', 'avx2', 'avx512', 'avx512bf16', 'amx'] : ['neon'];
const all = process.env.GLISSADE_WASM ? ['simd128'] : ofProcessor;
const missing = all.filter((set) => !instructionSets.includes(set));
if (missing.length > 0) process.stderr.write(`Not tested: ${missing.join(', ')}, which this machine does not have.\n`);

/** Called in a `describe`, makes its tests run on this instruction set. */
export function useInstructionSet(instructionSet: string): void {
  const before = runtime().instructionSet;
  beforeAll(() => configure({ instructionSet }));
  afterAll(() => configure({ instructionSet: before }));
}

/** Runs `work` with some settings, and restores the former ones. */
async function having<T>(settings: ConfigureOptions, work: () => T | PromiseLike<T>): Promise<T> {
  const { threads, instructionSet } = runtime();
  configure(settings);
  try {
    return await work();
  } finally {
    configure({ threads, instructionSet });
  }
}

export const withThreads = <T>(threads: number, work: () => T | PromiseLike<T>): Promise<T> =>
  having({ threads }, work);
export const withInstructionSet = <T>(instructionSet: string, work: () => T | PromiseLike<T>): Promise<T> =>
  having({ instructionSet }, work);

/** A way to run work. It must not change a bit of the results. */
export interface Way {
  instructionSet: string;
  threads: number;
}

export const ways: Way[] = instructionSets.flatMap((instructionSet) =>
  [1, 2].map((threads) => ({ instructionSet, threads })),
);

export const inWay = <T>({ instructionSet, threads }: Way, work: () => T | PromiseLike<T>): Promise<T> =>
  having({ instructionSet, threads }, work);
