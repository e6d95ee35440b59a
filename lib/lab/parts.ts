import { checkOneOf } from '../checks/options.js';
import { joined, type Outcome } from './outcome.js';
import type { Askable, Trial } from './trial.js';

/** One question of an experiment. */
export interface Part extends Askable {
  /** Expected duration, relative to the other parts. */
  readonly effort: number;
  run(trial: Trial): Outcome | Promise<Outcome>;
}

/** A part as a function of its effort and its options. `run` may ask the trial for the counter-models listed here. */
export const part =
  <Options>(counterModels: readonly string[], run: (options: Options, trial: Trial) => Outcome | Promise<Outcome>) =>
  (effort: number, options: Options): Part => ({ effort, counterModels, run: (trial) => run(options, trial) });

/**
 * Runs the parts of an experiment in turn, and joins their outcomes.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` with a suggestion, before any part runs, if the trial asks for a counter-model
 * of no part.
 */
export async function runParts(all: readonly Part[], trial: Trial): Promise<Outcome> {
  if (trial.counterModel !== undefined)
    checkOneOf('counter-model', trial.counterModel, [...new Set(all.flatMap(({ counterModels }) => counterModels))]);
  const parts = all.filter(trial.chooses);
  const whole = parts.reduce((sum, { effort }) => sum + effort, 0);
  const outcomes: Outcome[] = [];
  let done = 0;
  for (const { effort, counterModels, run } of parts) {
    const before = joined(outcomes);
    const share = trial.within(done / whole, (done + effort) / whole, {
      counterModels,
      complete: (outcome) => joined([before, outcome]),
    });
    outcomes.push(await run(share));
    done += effort;
    await trial.progress(done / whole, () => joined(outcomes));
  }
  return joined(outcomes);
}

/** The run of an experiment that has one part. */
export const inOnePart =
  <Settings>(counterModels: readonly string[], run: (settings: Settings, trial: Trial) => Promise<Outcome>) =>
  (settings: Settings, trial: Trial): Promise<Outcome> =>
    runParts([part(counterModels, run)(1, settings)], trial);
