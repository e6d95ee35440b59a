import { addon } from './index.js';

/** A record of numbers that both sides of the addon read and write: its length, and the index of each number. */
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

/** The first numbers of a step's record, before the hyperparameters of groups: `StepSettings` of the core. */
export const stepSettings = layoutOf<'clip' | 'averageWeight' | 'slowWeight' | 'radius'>(addon.records.stepSettings);

/** What an optimizer remembers beside the states of its rule: `Counters` of the core. */
export const counters = layoutOf<'steps' | 'skipped' | 'accumulated' | 'gradientNorm'>(addon.records.counters);

/** What a trainer tells of its last minibatch, and counts: `StepResults` of the binding. */
export const stepResults = layoutOf<'loss' | 'accuracy' | 'steps' | 'skipped' | 'waiting'>(addon.records.stepResults);
