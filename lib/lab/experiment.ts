import type { DataName } from './carried_data.js';
import type { Outcome } from './outcome.js';
import type { PlaygroundName } from './playgrounds/index.js';
import type { Setting } from './setting.js';
import type { Trial } from './trial.js';

/** A slide of the lecture, and one of its claims. */
export interface Slide {
  readonly title: string;
  readonly claim: string;
}

/** A runnable test of claims of the lecture. */
export interface Experiment<Name extends string = string> {
  /** Position in the order of the lecture, from 1. */
  readonly number: number;
  /** Its name as an argument of `glissade lab`. */
  readonly name: string;
  readonly title: string;
  readonly slides: readonly Slide[];
  readonly question: string;
  readonly formulas: readonly string[];
  readonly sources: readonly string[];
  /** Mistakes on the slides, and their corrections. */
  readonly errata?: readonly string[];
  readonly settings: Readonly<Record<Name, Setting>>;
  /** The data that it reads, which are in optional packages. */
  readonly data?: readonly DataName[];
  /** Playgrounds that the page shows below its results. */
  readonly playgrounds?: readonly PlaygroundName[];
  /** Runs the experiment. Equal settings give equal numbers, except for measured times. */
  run(settings: Readonly<Record<Name, number>>, trial: Trial): Promise<Outcome>;
}

/** Freezes a definition. The compiler checks the names of settings in `run`; the returned type no longer has them. */
export const experiment = <Name extends string>(definition: Experiment<Name>): Experiment =>
  Object.freeze(definition) as unknown as Experiment;
