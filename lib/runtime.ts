import { addon, priorities, version } from './addon/index.js';
import { checkOneOf, checkOptions } from './checks/options.js';
import { checkInteger } from './checks/ranges.js';

export interface RuntimeInformation {
  /** The version of this package. */
  version: string;
  /** The instruction set in use. */
  instructionSet: string;
  /** The instruction sets that the CPU and the operating system allow, weakest first. */
  instructionSets: string[];
  /** Number of threads that share training and other large work. */
  threads: number;
  /** Number of processors that the process may run on when it starts (its affinity mask). */
  processors: number;
  /**
   * Processors that control groups let the process use at a time when it starts: 1.5 in a container with
   * `docker run --cpus 1.5`. Missing without such a limit.
   */
  processorQuota?: number;
  /** Priority of the engine's threads: see {@link ConfigureOptions.priority}. */
  priority: 'idle' | 'background' | 'normal';
}

export interface ConfigureOptions {
  /**
   * Number of threads, from 1 to 1024. Default: the environment variable `GLISSADE_THREADS`, or the number of
   * processors. Within a quota of control groups it is at most the whole processors of the quota, and at least 1. A run
   * uses more than 8 only if its steps are large enough to gain from them.
   */
  threads?: number | undefined;
  /**
   * Priority of the engine's threads. It can't change after the first parallel work. Default: `GLISSADE_PRIORITY`, or
   * `'background'`.
   *
   * - `'normal'`: as the process, where someone waits for the model.
   * - `'background'`: niceness 19, for a service that trains on a machine where other programs are busy too.
   * - `'idle'`: Linux's policy `SCHED_IDLE`, for a service whose slowest replies count and whose processors are idle
   *   now and then. Training delays replies less, but all but stands still while every processor has other work of the
   *   same control group; the process may then take many seconds to end. What you wait for (`predict`, `evaluate`,
   *   steps) runs on the calling thread alone. On systems without such a policy, the same as `'background'`.
   *
   * Without Linux each thread has the priority of the process.
   */
  priority?: 'idle' | 'background' | 'normal' | undefined;
  /** One of `runtime().instructionSets`. Default: `GLISSADE_ISA`, or the best. */
  instructionSet?: string | undefined;
}

/**
 * The version of this package, and what this process has: instruction set, threads and their priority, processors.
 */
export function runtime(): RuntimeInformation {
  return { version: version(), ...addon.information() };
}

/**
 * Sets threads, priority and instruction set for all later work of the process. Options that are left out don't change.
 *
 * @throws TypeError, RangeError for options that don't fit; GlissadeError `ERR_BUSY` for a change of priority after the
 *   first parallel work.
 */
export function configure(options: ConfigureOptions): void {
  checkOptions('configure', options, ['threads', 'priority', 'instructionSet']);
  const { threads, priority, instructionSet } = options;
  if (threads !== undefined) checkInteger('threads', threads, 1, 1024);
  if (priority !== undefined) checkOneOf('priority', priority, priorities);
  if (instructionSet !== undefined) checkOneOf('instructionSet', instructionSet, addon.information().instructionSets);
  addon.configure({ threads, priority, instructionSet });
}
