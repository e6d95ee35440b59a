import { isMainThread } from 'node:worker_threads';
import { addon } from '../addon/index.js';
import { internal } from '../checks/internal.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, positive } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { endWithJob } from './ending.js';
import { Ranks } from './ranks.js';

export interface DistributedOptions {
  /**
   * Whether gradients are summed in the order of ranks. Results then have the same bits in each run and with each
   * library of MPI. By default the library chooses the order; most libraries choose the same one in each run. Default
   * false.
   */
  deterministic?: boolean | undefined;
  /**
   * How ranks exchange gradients. `'full'`: in the network's type. `'bfloat16'`: rounded to 16 bits, which halves the
   * bytes; they are summed as floats, in the order of ranks. Default `'full'`.
   */
  exchange?: 'full' | 'bfloat16' | undefined;
  /**
   * Seconds that a rank waits for others before it ends the job. It also waits while another one works between runs or
   * in the body of a `for await`. Default 600.
   */
  timeout?: number | undefined;
}

let joined: Promise<Ranks> | undefined;

/**
 * Joins the job in which `mpirun`, `srun` or the like launched this process. Without a launcher, this process is the
 * only rank.
 *
 * The call looks for a library of MPI, that of the launcher first: one with the standard's binary interface
 * (`libmpi_abi.so.0`), MPICH's (`libmpi.so.12`, which Intel MPI and others have too) or Open MPI's (`libmpi.so.40`).
 * The environment variable `GLISSADE_MPI` names another one.
 *
 * Ranks that share processors divide them: each has its part as threads, unless `GLISSADE_THREADS` or `configure` says
 * otherwise.
 *
 * From then on, a failure of one process ends the whole job. If its program throws, or exits while others train, its
 * message is printed with its rank, and `MPI_Abort` ends the others.
 *
 * @returns The ranks of the job: the same object in each call. Only the first call's options count.
 * @throws (as a rejection) TypeError, RangeError for options that don't fit; GlissadeError `ERR_MPI_UNAVAILABLE` if
 *   there is no library of MPI, or if a launcher of another family has started several processes; `ERR_MPI` if MPI
 *   fails.
 */
export function distributed(options: DistributedOptions = {}): Promise<Ranks> {
  if (joined) return joined;
  const joining = join(options);
  joined = joining;
  joining.catch(() => {
    joined = undefined; // the options were refused, or there was no library
  });
  return joining;
}

/** The ranks of the job if a launcher has started several; undefined if this process is alone. */
export const ranksOfLaunch = async (): Promise<Ranks | undefined> =>
  addon.launchedProcesses() > 1 ? distributed() : undefined;

async function join(options: DistributedOptions): Promise<Ranks> {
  checkOptions('distributed', options, ['deterministic', 'exchange', 'timeout']);
  const isDeterministic = checkBoolean('deterministic', orDefault(options.deterministic, false));
  const exchange = checkOneOf('exchange', orDefault(options.exchange, 'full'), ['full', 'bfloat16']);
  const timeout = checkNumber('timeout', orDefault(options.timeout, 600), positive);
  if (!isMainThread)
    throw errorWith('ERR_MPI_UNAVAILABLE', 'distributed() is for the main thread: a process is one rank of MPI');
  const native = new addon.Communicator();
  const summation = exchange === 'bfloat16' ? exchange : isDeterministic ? 'ordered' : 'library';
  native.connect(process.env.GLISSADE_MPI || undefined, summation, timeout);
  const ranks = new Ranks(internal, native);
  endWithJob(ranks);
  return ranks;
}
