import { addon } from './index.js';

/**
 * Layout of a record of numbers that both sides of the addon read and write: its length, and the index of each number.
 */
interface RecordLayout<Name extends string> {
  readonly length: number;
  readonly at: Readonly<Record<Name, number>>;
}

function layoutOf<Name extends string>(names: string): RecordLayout<Name> {
  const list = names.split(', ');
  return {
    length: list.length,
    at: Object.fromEntries(list.map((name, index) => [name, index])) as Record<Name, number>,
  };
}

/** First numbers of a step record, before the hyperparameters of groups. `StepSettings` of the core. */
export const stepSettings = layoutOf<'clip' | 'averageWeight' | 'slowWeight' | 'radius'>(addon.records.stepSettings);

/** Counts in an optimizer's slab, beside the states of its rule. `Counters` of the core. */
export const counters = layoutOf<'steps' | 'skipped' | 'accumulated' | 'gradientNorm'>(addon.records.counters);

/** Scores of a trainer's last minibatch, and its counts. `StepResults` of the binding. */
export const stepResults = layoutOf<'loss' | 'accuracy' | 'steps' | 'skipped' | 'waiting'>(addon.records.stepResults);

/** Where a run stands at a step boundary. `RunPosition` of the core. */
export const runPosition = layoutOf<
  | 'epochsEnded'
  | 'examplesTaken'
  | 'steps'
  | 'loss'
  | 'lossWeight'
  | 'correct'
  | 'weight'
  | 'examplesCounted'
  | 'seconds'
  | 'haveRowsCaughtUp'
  | 'probeDueAt'
  | 'bestValue'
  | 'bestEpoch'
  | 'bestSteps'
  | 'epochsWithoutImprovement'
  | 'elapsedSeconds'
>(addon.records.runPosition);
