import { setImmediate } from 'node:timers/promises';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import type { Experiment, Outcome } from './experiment.js';
import { experiments } from './experiments/index.js';

export interface ExperimentOptions {
  /** Selects the defaults of settings. With `'small'` an experiment takes a second or so. Default: `'full'`. */
  size?: 'full' | 'small' | undefined;
  /** Values of settings, by name. */
  settings?: Readonly<Record<string, number | undefined>> | undefined;
  /** Called from time to time with the fraction that is done, from 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
  /** Ends the experiment, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** The result of an experiment, as plain data. */
export interface ExperimentReport extends Outcome {
  readonly name: string;
  readonly title: string;
  /** All settings of the run. */
  readonly settings: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Whether all checks hold. */
  readonly holds: boolean;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` with a suggestion if no experiment has this name. */
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
 * @throws TypeError or RangeError for an unknown name or setting, or a value out of range.
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

/** All settings of an experiment: those given, and the defaults of the size for the others. */
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
