import { types } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import type { NativeCommunicator } from '../addon/index.js';
import { checkInternal, type internal } from '../checks/internal.js';
import { isObject } from '../checks/kinds.js';
import { invalid } from '../checks/shown.js';
import { type ErrorCode, errorWith } from '../errors.js';
import { sharedBytes } from '../numbers/memory.js';
import { noteShared } from './shared_errors.js';

/** The parts of an error that other ranks need to throw it too. */
const failureOf = (error: unknown): { code: ErrorCode; message: string } => ({
  code: 'ERR_INTERNAL',
  ...(isObject(error) && 'code' in error && { code: error.code as ErrorCode }),
  message: `rank 0: ${isObject(error) && 'message' in error ? String(error.message) : String(error)}`,
});

/** The native side of ranks. @internal */
export let nativeCommunicator: (ranks: Ranks) => NativeCommunicator;

/**
 * The values that the ranks give, in the order of ranks: anything that `structuredClone` takes, typed arrays as well.
 * If ranks make different calls, all of them get an error.
 *
 * @internal
 */
export const gatherValues = async <T>(ranks: Ranks, value: T, call = 'values'): Promise<T[]> =>
  (await exchange(ranks, call, serialize(value))).map((each) => deserialize(each));

/**
 * The bytes of all ranks.
 *
 * @param call Names the call, so that an error says which ranks make different calls.
 */
async function exchange(ranks: Ranks, call: string, bytes: Uint8Array): Promise<Uint8Array[]> {
  const mark = Buffer.from(`${call}\n`);
  const all = await nativeCommunicator(ranks).gather(Buffer.concat([mark, bytes]));
  const other = all.findIndex((each) => Buffer.compare(each.subarray(0, mark.length), mark) !== 0);
  if (other < 0) return all.map((each) => each.subarray(mark.length));
  throw errorWith(
    'ERR_RANKS_DIFFER',
    `rank ${other} makes another call than rank ${ranks.rank}, whose is ${call}; all ranks must make the same calls`,
  );
}

/** This rank's part of some items: from `begin` to before `end`. */
export const rangeOfRank = (items: number, { rank, size }: Ranks): { begin: number; end: number } => ({
  begin: Math.floor((items * rank) / size),
  end: Math.floor((items * (rank + 1)) / size),
});

/** @throws GlissadeError `ERR_RANKS_DIFFER` unless all ranks give the same text. */
export async function checkSameOnAll(ranks: Ranks, what: string, text: string): Promise<void> {
  const all = await gatherValues(ranks, text, what);
  const other = all.findIndex((each) => each !== all[0]);
  if (other >= 0)
    throw noteShared(
      errorWith('ERR_RANKS_DIFFER', `${what}: rank ${other} has ${all[other]}, but rank 0 has ${all[0]}`),
    );
}

/** The results of all ranks, in the order of ranks; without `ranks`, that of this process. */
export const together = async <T>(ranks: Ranks | undefined, mine: T): Promise<readonly T[]> =>
  ranks ? gatherValues(ranks, mine) : [mine];

let isRanks: (value: unknown) => value is Ranks;

/** @throws TypeError unless it is undefined, or the result of `distributed()`. */
export function checkRanks(ranks: Ranks | undefined): Ranks | undefined {
  if (ranks !== undefined && !isRanks(ranks)) throw invalid('ranks', 'what distributed() gives', ranks);
  return ranks;
}

/**
 * The processes of an MPI job, which train together. Each of them runs the same program and has a different `rank`. All
 * ranks must call the methods that exchange data, in the same order.
 */
export class Ranks {
  /** The number of this process among those of the job, from 0. */
  readonly rank: number;
  /** How many processes the job has. */
  readonly size: number;
  /** The library of MPI: its file, and the version that it reports. */
  readonly library: { readonly file: string; readonly version: string };
  readonly #native: NativeCommunicator;

  /** @internal */
  constructor(key: typeof internal, native: NativeCommunicator) {
    checkInternal(key, 'Ranks: use distributed()');
    const { rank, size, file, version } = native.describe();
    this.rank = rank;
    this.size = size;
    this.library = { file, version };
    this.#native = native;
  }

  /**
   * The values that all ranks give, in the order of ranks.
   *
   * @param value Anything that JSON can represent. NaN and infinities become null.
   * @throws (as a rejection) TypeError for a value that JSON can't represent; GlissadeError `ERR_MPI` if MPI fails or
   *   another rank does not answer in time.
   */
  async gather<T>(value: T): Promise<T[]> {
    return this.#gather('gather', value);
  }

  async #gather<T>(call: string, value: T): Promise<T[]> {
    const text = JSON.stringify(value);
    if (text === undefined) throw invalid('value', 'something that JSON can represent', value);
    return (await exchange(this, call, Buffer.from(text))).map((each) => JSON.parse(String(each)));
  }

  /**
   * Sends the bytes that rank 0 makes to all ranks.
   *
   * @param make Called on rank 0 only.
   * @throws (as a rejection, on all ranks) What `make` throws; else as {@link gather}.
   */
  async fromFirst(make: () => Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> {
    let made: Uint8Array | undefined;
    let error: unknown;
    if (this.rank === 0)
      try {
        made = await make();
        if (!types.isUint8Array(made)) throw invalid('the result of make', 'a Uint8Array', made);
      } catch (thrown) {
        error = thrown;
      }
    const given: { length: number; code?: ErrorCode; message?: string } = {
      length: made?.length ?? 0,
      ...(error !== undefined && failureOf(error)),
    };
    const [first] = await this.#gather('fromFirst', given);
    if (first!.message !== undefined) throw noteShared(error ?? errorWith(first!.code!, first!.message));
    const bytes = sharedBytes(first!.length);
    if (made) bytes.set(made);
    await this.#native.broadcast(bytes);
    return made ?? bytes.slice();
  }

  /** Waits until all ranks have called this. @throws (as a rejection) As {@link gather}. */
  async barrier(): Promise<void> {
    await exchange(this, 'barrier', new Uint8Array());
  }

  /** Nothing: ranks belong to a job, not to the file that a trainer is saved in. */
  toJSON(): undefined {}

  static {
    nativeCommunicator = (ranks) => ranks.#native;
    isRanks = (value): value is Ranks => typeof value === 'object' && value !== null && #native in value;
  }
}
