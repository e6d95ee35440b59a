import fc from 'fast-check';
import { configure } from '../../lib/runtime';

/** An event before a step of an optimizer that must not change its results. */
export interface Disturbance {
  /** The step before which it happens, from 0. Ignored if there are fewer steps. */
  at: number;
  what: 'threads' | 'restore' | 'await' | 'refuse' | 'spoil' | 'starve' | 'save';
  /** Number of threads, or KB of memory that are left. */
  number: number;
}

/** A step, often an early one, since many schedules change early. */
const when = (steps: number) => fc.oneof(fc.nat(steps), fc.nat(Math.min(steps, 20)));

export const disturbances = (steps: number): fc.Arbitrary<Disturbance[]> =>
  fc.array(
    fc.oneof(
      ...(['threads', 'restore', 'await', 'refuse', 'spoil', 'save'] as const).map((what) =>
        fc.record({
          at: when(steps),
          what: fc.constant(what),
          number: fc.integer({ min: 1, max: 5 }),
        }),
      ),
      fc.record({
        at: when(steps),
        what: fc.constant('starve' as const),
        number: fc.oneof(fc.integer({ min: 300, max: 1500 }), fc.integer({ min: 300, max: 6000 })),
      }),
    ),
    { maxLength: 6 },
  );

/** Sets the number of threads, and makes a new team, which has not yet noticed any busy processors. */
export function useThreads(threads: number): void {
  configure({ threads: threads + 1 });
  configure({ threads });
}
