import type { ExperimentOptions } from '../run.js';

/** A run that a thread is asked for. */
export interface Task extends Pick<ExperimentOptions, 'size' | 'settings' | 'counterModel'> {
  readonly experiment: string;
}

/**
 * What a page is told of a run:
 *
 * - `started`: with its experiment and all of its settings; before all others
 * - `progress`: the share that is done
 * - `outcome`: figures, checks and findings so far, as {@link Changes} describes it
 * - `done`, `failed`, `stopped`: the last one
 */
export type EventName = 'started' | 'progress' | 'outcome' | 'done' | 'failed' | 'stopped';

/** To a thread. */
export type Order =
  | { readonly kind: 'run'; readonly run: number; readonly task: Task }
  | { readonly kind: 'stop' }
  /** The last outcome is on its way to the page: the next one may follow. */
  | { readonly kind: 'sent' };

/** From a thread: an event of its run, whose data are JSON. */
export interface Notice {
  readonly event: EventName;
  readonly data: string;
}

/** Whether no event of a run follows this one. */
export const isLast = (event: EventName): boolean => event === 'done' || event === 'failed' || event === 'stopped';
