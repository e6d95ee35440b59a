import type { Outcome, Progress } from './experiment.js';

/** Of an experiment that asks several things. */
export interface Part {
  /** How long it takes, in any unit. */
  readonly effort: number;
  run(progress: Progress): Promise<Outcome>;
}

/** Runs parts one after the other, as one experiment. */
export async function runParts(parts: readonly Part[], progress: Progress): Promise<Outcome> {
  const whole = parts.reduce((sum, { effort }) => sum + effort, 0);
  const outcomes: Outcome[] = [];
  let done = 0;
  for (const { effort, run } of parts) {
    outcomes.push(await run((share) => progress((done + effort * share) / whole)));
    done += effort;
  }
  return {
    figures: outcomes.flatMap(({ figures }) => figures),
    checks: outcomes.flatMap(({ checks }) => checks),
    findings: outcomes.flatMap(({ findings }) => findings),
  };
}
