import type { Choice } from '../race/choice.js';
import type { Slidable } from '../slider.js';

/** A setting, for the script of a live page. */
export interface LiveSetting extends Slidable {
  readonly key: string;
  /** The option of the command line. */
  readonly option: string;
  /** Its meaning, as HTML. */
  readonly about: string;
  /** Its default. */
  readonly value: number;
  /** The value that the page begins with. Default: the default. */
  readonly initial?: number;
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
  /** The wrong model that the page begins with. */
  readonly counterModel?: string;
  /** Absent from a page of one experiment. */
  readonly race?: RaceForm;
  /** The default size of runs. */
  readonly size: 'full' | 'small';
}
