/**
 * What a page is told of a run:
 *
 * - `started`: with its experiment and all of its settings; before all others
 * - `progress`: the share that is done
 * - `outcome`: figures, checks and findings so far, as `Changes` describes it
 * - `done`, `failed`, `stopped`: the last one
 */
export const eventNames = ['started', 'progress', 'outcome', 'done', 'failed', 'stopped'] as const;

export type EventName = (typeof eventNames)[number];

/** Whether no event of a run follows this one. */
export const isLast = (event: EventName): boolean => event === 'done' || event === 'failed' || event === 'stopped';
