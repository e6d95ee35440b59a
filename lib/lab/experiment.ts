import type { Figure } from '../pages/figure.js';
import type { Check } from './check.js';
import type { Setting } from './setting.js';

/** A slide of the lecture, and a claim that it makes. */
export interface Slide {
  readonly title: string;
  readonly claim: string;
}

/** Reports the fraction that is done, 0 to 1, and yields to the event loop. Throws if the experiment was aborted. */
export type Progress = (share: number) => Promise<void>;

export interface Outcome {
  readonly figures: readonly Figure[];
  readonly checks: readonly Check[];
  /** Sentences that state the measured numbers. */
  readonly findings: readonly string[];
}

/** A runnable test of what the lecture claims. */
export interface Experiment<Name extends string = string> {
  /** Position in the order of the lecture, from 1. */
  readonly number: number;
  /** The argument of `glissade lab` that runs it. */
  readonly name: string;
  readonly title: string;
  readonly slides: readonly Slide[];
  readonly question: string;
  readonly formulas: readonly string[];
  readonly sources: readonly string[];
  /** Mistakes on the slides, and their corrections. */
  readonly errata?: readonly string[];
  readonly settings: Readonly<Record<Name, Setting>>;
  /** Runs the experiment. Equal settings give equal numbers, except for measured times. */
  run(settings: Readonly<Record<Name, number>>, progress: Progress): Promise<Outcome>;
}

/** Freezes a definition. The names of its settings are checked in `run`, and then forgotten by the type. */
export const experiment = <Name extends string>(definition: Experiment<Name>): Experiment =>
  Object.freeze(definition) as unknown as Experiment;
