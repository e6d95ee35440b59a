import type { Figure } from '../pages/index.js';
import type { Check } from './check.js';

/** What an experiment, or a part of one, has found. */
export interface Outcome {
  readonly figures: readonly Figure[];
  readonly checks: readonly Check[];
  /** Sentences that state what was measured. Those that state a result depend on its checks. */
  readonly findings: readonly string[];
}

/** The outcomes of several parts as one. */
export const joined = (outcomes: readonly Outcome[]): Outcome => ({
  figures: outcomes.flatMap(({ figures }) => figures),
  checks: outcomes.flatMap(({ checks }) => checks),
  findings: outcomes.flatMap(({ findings }) => findings),
});

/** A sentence for the case that all of its checks hold, and one for the case that some fail. */
export const finding = (checks: readonly Check[], ifHolds: string, otherwise: string): string =>
  checks.every(({ holds }) => holds) ? ifHolds : otherwise;
