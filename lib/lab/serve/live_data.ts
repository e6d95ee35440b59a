import type { Choice } from '../race/choice.js';
import type { Slidable } from '../slider.js';

/** A setting as the script of a live page knows it. */
export interface LiveSetting extends Slidable {
  readonly key: string;
  /** The option of the command line. */
  readonly option: string;
  /** What it means, as HTML. */
  readonly about: string;
  readonly value: number;
}

/** What a race is chosen from. */
export interface RaceForm {
  readonly settings: readonly LiveSetting[];
  /** The data that are there, beside tables of the user's. */
  readonly data: readonly string[];
  /** All rules, each with the rate that it has at first. */
  readonly rules: readonly { readonly name: string; readonly learningRate: number }[];
  /** The entrants at first. */
  readonly entrants: readonly Choice[];
  readonly mostEntrants: number;
}

export interface LiveData {
  /** The settings of each experiment, by its name. */
  readonly experiments: Readonly<Record<string, readonly LiveSetting[]>>;
  readonly race: RaceForm;
}
