import type { Choice } from '../race/choice.js';
import type { Slidable } from '../slider.js';

/** A setting, for the script of a live page. */
export interface LiveSetting extends Slidable {
  readonly key: string;
  /** The option of the command line. */
  readonly option: string;
  /** Its meaning, as HTML. */
  readonly about: string;
  readonly value: number;
}

/** The choices for a race. */
export interface RaceForm {
  readonly settings: readonly LiveSetting[];
  /** The data available besides the user's tables. */
  readonly data: readonly string[];
  /** All rules, each with its initial learning rate. */
  readonly rules: readonly { readonly name: string; readonly learningRate: number }[];
  /** The initial entrants. */
  readonly entrants: readonly Choice[];
  readonly mostEntrants: number;
}

export interface LiveData {
  /** The settings of each experiment, by its name. */
  readonly experiments: Readonly<Record<string, readonly LiveSetting[]>>;
  readonly race: RaceForm;
}
