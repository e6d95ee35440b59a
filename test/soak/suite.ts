import type fc from 'fast-check';

/** Cases of one kind, as plain data, and the check of a case. */
export interface Suite<Case> {
  cases: fc.Arbitrary<Case>;
  /** @throws Error if the case fails. */
  run(one: Case): Promise<void>;
}
