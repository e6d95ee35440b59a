import type { RaceOptions } from '../race/race.js';
import type { ExperimentOptions } from '../run.js';
import type { EventName } from './events.js';

/** A run that a thread is asked for: of an experiment, or a race. */
export type Task = ExperimentTask | RaceTask;

export interface ExperimentTask extends Pick<ExperimentOptions, 'size' | 'settings' | 'counterModel'> {
  /** Its name. */
  readonly experiment: string;
}

export interface RaceTask {
  readonly experiment: 'race';
  readonly race: Pick<RaceOptions, 'data' | 'entrants' | 'size' | 'settings'>;
}

/** To a thread. */
export type Order =
  | { readonly kind: 'run'; readonly run: number; readonly task: Task }
  | { readonly kind: 'stop' }
  /** The last outcome of this run is on its way to the page: the next one may follow. */
  | { readonly kind: 'sent'; readonly run: number };

/** From a thread: an event of its run, whose data are JSON. */
export interface Notice {
  readonly event: EventName;
  readonly data: string;
}
