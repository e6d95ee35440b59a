import { joined, type Outcome } from './outcome.js';
import type { Trial } from './trial.js';

/** One of the questions of an experiment. */
export interface Part {
  /** Expected duration, relative to the other parts. */
  readonly effort: number;
  run(trial: Trial): Promise<Outcome>;
}

/** Runs the parts of an experiment in turn, and joins their outcomes. */
export async function runParts(parts: readonly Part[], trial: Trial): Promise<Outcome> {
  const whole = parts.reduce((sum, { effort }) => sum + effort, 0);
  const outcomes: Outcome[] = [];
  let done = 0;
  for (const { effort, run } of parts) {
    const before = joined(outcomes);
    const part = trial.within(done / whole, (done + effort) / whole, (outcome) => joined([before, outcome]));
    outcomes.push(await run(part));
    done += effort;
    await trial.progress(done / whole, () => joined(outcomes));
  }
  return joined(outcomes);
}
