import { checkOneOf } from '../checks/options.js';
import type { Experiment } from './experiment.js';
import { experiments } from './experiments/index.js';
import { type ExperimentOptions, type ExperimentReport, reportOf } from './run.js';

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
export const runExperiment = async (name: string, options: ExperimentOptions = {}): Promise<ExperimentReport> =>
  reportOf(experimentNamed(name), options);
