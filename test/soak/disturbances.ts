import fc from 'fast-check';
import { configure } from 'glissade';

/** What happens before a step of an optimizer and must not show in what it computes. */
export interface Disturbance {
  /** Before which step, counted from 0; later ones than there are don't happen. */
  at: number;
  what: 'threads' | 'restore' | 'await' | 'refuse' | 'spoil' | 'starve' | 'save';
  /** Of threads; or how many KB are left. */
  number: number;
}

/** Early often: what schedules do at first is over soon. */
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

/** A team of this size, that knows of no busy processors. */
export function useThreads(threads: number): void {
  configure({ threads: threads + 1 });
  configure({ threads });
}
