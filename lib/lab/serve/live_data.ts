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

/** The experiments of a live page, by name, with their settings. */
export type LiveData = Readonly<Record<string, readonly LiveSetting[]>>;
