import type { Figure } from '../pages/figure.js';
import type { Check } from './check.js';
import type { Setting } from './setting.js';

/** What a slide of the lecture says, and where. */
export interface Slide {
  readonly title: string;
  readonly claim: string;
}

/** Tells which share is done, and lets others have their turn; where the experiment was aborted, it throws. */
export type Progress = (share: number) => Promise<void>;

export interface Outcome {
  readonly figures: readonly Figure[];
  readonly checks: readonly Check[];
  /** Sentences about what was seen, with its numbers. */
  readonly findings: readonly string[];
}

/** A claim of the lecture as something to run. */
export interface Experiment<Name extends string = string> {
  /** In the order of the lecture, from 1. */
  readonly number: number;
  /** As `glissade lab` takes it. */
  readonly name: string;
  readonly title: string;
  readonly slides: readonly Slide[];
  readonly question: string;
  readonly formulas: readonly string[];
  readonly sources: readonly string[];
  /** What the slide has wrong, and how it is right. */
  readonly errata?: readonly string[];
  readonly settings: Readonly<Record<Name, Setting>>;
  /** Runs it. The same settings lead to the same numbers, but for those that are times. */
  run(settings: Readonly<Record<Name, number>>, progress: Progress): Promise<Outcome>;
}

/** An experiment whose settings are known by name where it runs. */
export const experiment = <Name extends string>(definition: Experiment<Name>): Experiment =>
  Object.freeze(definition) as unknown as Experiment;
