import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import type { Experiment } from './experiment.js';
import type { Outcome } from './outcome.js';
import type { Setting } from './setting.js';
import { Trial } from './trial.js';
import { type WatchedOptions, watching } from './watching.js';

export interface ExperimentOptions extends WatchedOptions {
  /** Selects the defaults of settings. With `'small'` an experiment takes about a second. Default: `'full'`. */
  size?: 'full' | 'small' | undefined;
  /** Values of settings, by name. */
  settings?: Readonly<Record<string, number | undefined>> | undefined;
  /** Replaces the right model by this `counterModel` of a check, which must then fail. */
  counterModel?: string | undefined;
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

/**
 * Runs an experiment.
 *
 * @throws TypeError or RangeError for an unknown setting, or a value out of range.
 */
export async function reportOf(experiment: Experiment, options: ExperimentOptions = {}): Promise<ExperimentReport> {
  checkOptions('runExperiment', options, ['size', 'settings', 'counterModel', 'onProgress', 'onOutcome', 'signal']);
  const { onProgress } = options;
  const counterModel = checkedCounterModel(options);
  const watcher = watching(options);
  const settings = checkedSettings(experiment, options);
  const begin = performance.now();
  const trial = new Trial(watcher, { counterModel });
  const outcome = await experiment.run(settings, trial);
  onProgress?.(1);
  return {
    name: experiment.name,
    title: experiment.title,
    settings,
    ...outcome,
    seconds: (performance.now() - begin) / 1000,
    holds: outcome.checks.every(({ holds }) => holds),
  };
}

/**
 * The requested counter-model. Only the parts of the experiment know which names exist.
 *
 * @throws TypeError if it is no text.
 */
export function checkedCounterModel({ counterModel }: ExperimentOptions): string | undefined {
  if (counterModel !== undefined && typeof counterModel !== 'string')
    throw invalid('counterModel', 'a text', counterModel);
  return counterModel;
}

/**
 * All settings of an experiment or a race: the given values, and for the others the defaults of the size.
 *
 * @throws TypeError or RangeError for an unknown setting, or a value out of range.
 */
export function checkedSettings<Name extends string>(
  { name, settings }: { readonly name: string; readonly settings: Readonly<Record<Name, Setting>> },
  options: Pick<ExperimentOptions, 'size' | 'settings'>,
): Record<Name, number> {
  const size = checkOneOf('size', orDefault(options.size, 'full'), ['full', 'small']);
  const given = orDefault(options.settings, {});
  checkOptions(name, given, Object.keys(settings));
  return Object.fromEntries(
    Object.entries<Setting>(settings).map(([key, setting]) => [
      key,
      checkNumber(`${name}.${key}`, orDefault(given[key], setting[size]), setting.range),
    ]),
  ) as Record<Name, number>;
}
