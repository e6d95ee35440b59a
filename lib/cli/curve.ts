/** A curve of values over steps. */
export interface Curve {
  title: string;
  /** The schedule as JSON. */
  description: string;
  first: number;
  count: number;
  logarithmic: boolean;
  at: (step: number) => number;
}

/** Values are limited to this magnitude so that the difference of two can't overflow. */
const greatest = Number.MAX_VALUE / 4;

/** The first and the last step; two different steps even for a curve of one step. */
export const stepsOf = ({ first, count }: Curve): [number, number] => [first, first + Math.max(1, count - 1)];

/** `count` evenly spaced points from the first step to the last. Several of them may be at one step. */
export function points({ first, count: steps, at }: Curve, count: number): { step: number; value: number }[] {
  return Array.from({ length: count }, (_, i) => {
    const step = first + (count === 1 ? 0 : Math.round((i / (count - 1)) * (steps - 1)));
    return { step, value: Math.max(-greatest, Math.min(at(step), greatest)) };
  });
}
