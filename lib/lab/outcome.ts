import type { Figure } from '../pages/index.js';
import type { Check } from './check.js';

/** The result of an experiment or of one of its parts. */
export interface Outcome {
  readonly figures: readonly Figure[];
  readonly checks: readonly Check[];
  /** Sentences about the measurements. A sentence that states a result is chosen by its checks. */
  readonly findings: readonly string[];
}

/** Joins the outcomes of several parts. */
export const joined = (outcomes: readonly Outcome[]): Outcome => ({
  figures: outcomes.flatMap(({ figures }) => figures),
  checks: outcomes.flatMap(({ checks }) => checks),
  findings: outcomes.flatMap(({ findings }) => findings),
});

/** `ifHolds` if all of the checks hold, else `otherwise`. */
export const finding = (checks: readonly Check[], ifHolds: string, otherwise: string): string =>
  checks.every(({ holds }) => holds) ? ifHolds : otherwise;
