import { addon } from './index.js';

type Kind = keyof typeof addon.records;

/**
 * Layout of a record of numbers that both sides of the addon read and write: its length, and the index of each number. It
 * is read from the addon when it is first used, because a browser starts the addon later than this module.
 */
class RecordLayout<Name extends string> {
  readonly #kind: Kind;
  #at: Readonly<Record<Name, number>> | undefined;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  get at(): Readonly<Record<Name, number>> {
    this.#at ??= Object.fromEntries(this.#names().map((name, index) => [name, index])) as Record<Name, number>;
    return this.#at;
  }

  get length(): number {
    return this.#names().length;
  }

  #names(): string[] {
    return addon.records[this.#kind].split(', ');
  }
}

/** First numbers of a step record, before the hyperparameters of groups. `StepSettings` of the core. */
export const stepSettings = new RecordLayout<'clip' | 'averageWeight' | 'slowWeight' | 'radius'>('stepSettings');

/** Counts in an optimizer's slab, beside the states of its rule. `Counters` of the core. */
export const counters = new RecordLayout<'steps' | 'skipped' | 'accumulated' | 'gradientNorm'>('counters');

/** Scores of a trainer's last minibatch, and its counts. `StepResults` of the binding. */
export const stepResults = new RecordLayout<'loss' | 'accuracy' | 'steps' | 'skipped' | 'waiting'>('stepResults');

/** Where a run stands at a step boundary. `RunPosition` of the core. */
export const runPosition = new RecordLayout<
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
>('runPosition');
