import type { Outcome, Progress } from './experiment.js';

/** One of the questions of an experiment. */
export interface Part {
  /** Expected duration, relative to the other parts. */
  readonly effort: number;
  run(progress: Progress): Promise<Outcome>;
}

/** Runs the parts of an experiment in turn, and joins their outcomes. */
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
