import type { Measurement } from './course.js';

/** The step and time at which a network reaches a score. */
export interface Arrival {
  readonly step: number;
  readonly seconds: number;
}

/** When a network first reaches a score, by linear interpolation between measurements. Undefined if it does not. */
export function arrivalAt(score: number, measurements: readonly Measurement[]): Arrival | undefined {
  const at = measurements.findIndex((one) => one.score >= score);
  if (at < 0) return undefined;
  const [after, before] = [measurements[at]!, measurements[Math.max(0, at - 1)]!];
  const share = at === 0 ? 0 : (score - before.score) / (after.score - before.score);
  const between = (key: 'step' | 'seconds') => before[key] + share * (after[key] - before[key]);
  return { step: between('step'), seconds: between('seconds') };
}
