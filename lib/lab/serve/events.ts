/**
 * Events of a run:
 *
 * - `started`: the first event, with the experiment and all of its settings
 * - `progress`: the fraction that is done
 * - `outcome`: figures, checks and findings so far, as `Changes` describes it
 * - `done`, `failed`, `stopped`: the last event
 */
export const eventNames = ['started', 'progress', 'outcome', 'done', 'failed', 'stopped'] as const;

export type EventName = (typeof eventNames)[number];

/** Whether no event of a run follows this one. */
export const isLast = (event: EventName): boolean => event === 'done' || event === 'failed' || event === 'stopped';
