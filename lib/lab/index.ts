/**
 * The laboratory: experiments of a lecture, their problems, figures and pages.
 *
 * @module glissade/lab
 */

export type { Range } from '../checks/ranges.js';
export { Random } from '../index.js';
export type * as figures from '../pages/figure.js';
export type { DataName } from './carried_data.js';
export { boundsOf, type Check, shortened } from './check.js';
export * as data from './data.js';
export type { Experiment, Slide } from './experiment.js';
export { experiments } from './experiments/index.js';
export { runExperiment } from './named.js';
export type { Outcome } from './outcome.js';
export { labPage } from './page.js';
export type { PlaygroundName } from './playgrounds/index.js';
export * as problems from './problems/index.js';
export type { Entrant } from './race/entrants.js';
export type { IntervalEstimate } from './race/interval.js';
export { type RaceOptions, type RaceReport, race } from './race/race.js';
export type { EntrantResult } from './race/results.js';
export type { RaceSettings } from './race/settings.js';
export type { CsvData } from './race/table_task.js';
export type { RaceData } from './race/tasks.js';
export type { ExperimentOptions, ExperimentReport } from './run.js';
export type { Setting } from './setting.js';
export type { Askable, Trial, Watcher } from './trial.js';
export { type Watch, type WatchOptions, watch } from './watch/watch.js';
