/** Values over steps, to be drawn. */
export interface Curve {
  title: string;
  /** The schedule as JSON. */
  description: string;
  first: number;
  count: number;
  logarithmic: boolean;
  at: (step: number) => number;
}

/** What a picture can show: the difference of two values must not overflow. */
const greatest = Number.MAX_VALUE / 4;

/** The first step and the last, and evenly spaced ones between: `count` points, of which several may be at one step. */
export function points({ first, count: steps, at }: Curve, count: number): { step: number; value: number }[] {
  return Array.from({ length: count }, (_, i) => {
    const step = first + (count === 1 ? 0 : Math.round((i / (count - 1)) * (steps - 1)));
    return { step, value: Math.max(-greatest, Math.min(at(step), greatest)) };
  });
}
