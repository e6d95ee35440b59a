import { setImmediate } from 'node:timers/promises';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import type { Experiment, Outcome } from './experiment.js';
import { experiments } from './experiments/index.js';

export interface ExperimentOptions {
  /** Which values settings have that are not given: `'small'` is done in a second or so. Default `'full'`. */
  size?: 'full' | 'small' | undefined;
  /** By name. */
  settings?: Readonly<Record<string, number | undefined>> | undefined;
  /** Called now and then with the share that is done, from 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
  /** Ends the experiment, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** An experiment that was run: plain data. */
export interface ExperimentReport extends Outcome {
  readonly name: string;
  readonly title: string;
  /** With which it was run. */
  readonly settings: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Whether all checks hold. */
  readonly holds: boolean;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` with a suggestion, where there is none of that name. */
export function experimentNamed(name: string): Experiment {
  const known = checkOneOf(
    'experiment',
    name,
    experiments.map((one) => one.name),
  );
  return experiments.find((one) => one.name === known)!;
}

/**
 * Runs an experiment of the lecture.
 *
 * @throws TypeError, RangeError for a name or settings that do not fit.
 */
export async function runExperiment(name: string, options: ExperimentOptions = {}): Promise<ExperimentReport> {
  const experiment = experimentNamed(name);
  checkOptions('runExperiment', options, ['size', 'settings', 'onProgress', 'signal']);
  const { onProgress, signal } = options;
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalid('onProgress', 'a function', onProgress);
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function')
    throw invalid('signal', 'an AbortSignal', signal);
  const settings = settingsOf(experiment, options);
  const begin = performance.now();
  const outcome = await experiment.run(settings, async (share) => {
    onProgress?.(share);
    await setImmediate();
    signal?.throwIfAborted();
  });
  onProgress?.(1);
  return {
    name,
    title: experiment.title,
    settings,
    ...outcome,
    seconds: (performance.now() - begin) / 1000,
    holds: outcome.checks.every(({ holds }) => holds),
  };
}

/** All settings of an experiment, as given or as the size has them. */
function settingsOf({ name, settings }: Experiment, options: ExperimentOptions): Record<string, number> {
  const size = checkOneOf('size', orDefault(options.size, 'full'), ['full', 'small']);
  const given = orDefault(options.settings, {});
  checkOptions(name, given, Object.keys(settings));
  return Object.fromEntries(
    Object.entries(settings).map(([key, setting]) => [
      key,
      checkNumber(`${name}.${key}`, orDefault(given[key], setting[size]), setting.range),
    ]),
  );
}
