import type { EventName } from './events.js';

/** A run of an experiment or a race, for a thread. */
export interface Task {
  /** The name of the experiment, or `race`. */
  readonly experiment: string;
  /** All of its settings. */
  readonly settings: Readonly<Record<string, number>>;
  /** The other options of `runExperiment` or `race`. */
  readonly options: object;
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
