import { addon, version } from './addon/index.js';
import { checkOneOf, checkOptions } from './checks/options.js';
import { checkInteger } from './checks/ranges.js';

export interface RuntimeInformation {
  /** The version of this package. */
  version: string;
  /** The instruction set whose kernels are in use. */
  instructionSet: string;
  /** The instruction sets that the CPU and the operating system allow, weakest first. */
  instructionSets: string[];
  /** How many threads train. */
  threads: number;
  /** `'background'`: the engine's threads give way to all others. */
  priority: 'background' | 'normal';
}

export interface ConfigureOptions {
  /** How many threads train, from 1 to 1024. Default: as many as there are processors; also `GLISSADE_THREADS`. */
  threads?: number | undefined;
  /** Default `'background'`; also `GLISSADE_PRIORITY`. Can be set until the first parallel work. */
  priority?: 'background' | 'normal' | undefined;
  /** One of `runtime().instructionSets`. Default the best; also `GLISSADE_ISA`. */
  instructionSet?: string | undefined;
}

/** What runs here, and how. */
export function runtime(): RuntimeInformation {
  return { version: version(), ...addon.information() };
}

/**
 * Sets how the process trains, for all its work from now on.
 *
 * @throws GlissadeError `ERR_BUSY` for a change of priority after the first parallel work.
 */
export function configure(options: ConfigureOptions): void {
  checkOptions('configure', options, ['threads', 'priority', 'instructionSet']);
  const { threads, priority, instructionSet } = options;
  if (threads !== undefined) checkInteger('threads', threads, 1, 1024);
  if (priority !== undefined) checkOneOf('priority', priority, ['background', 'normal']);
  if (instructionSet !== undefined) checkOneOf('instructionSet', instructionSet, addon.information().instructionSets);
  addon.configure({ threads, priority, instructionSet });
}
