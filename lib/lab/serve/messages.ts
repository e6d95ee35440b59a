import type { RaceOptions } from '../race/race.js';
import type { ExperimentOptions } from '../run.js';
import type { EventName } from './events.js';

/** A run of an experiment or a race, for a thread. */
export type Task = ExperimentTask | RaceTask;

export interface ExperimentTask extends Pick<ExperimentOptions, 'size' | 'settings' | 'counterModel'> {
  /** Its name. */
  readonly experiment: string;
}

export interface RaceTask {
  readonly experiment: 'race';
  readonly race: Pick<RaceOptions, 'data' | 'entrants' | 'size' | 'settings'>;
}

/** A message to a thread. */
export type Order =
  | { readonly kind: 'run'; readonly run: number; readonly task: Task }
  | { readonly kind: 'stop' }
  /** The last outcome of this run has been sent to the page, so the next one can follow. */
  | { readonly kind: 'sent'; readonly run: number };

/** A message from a thread: an event of its run. The data are JSON. */
export interface Notice {
  readonly event: EventName;
  readonly data: string;
}
