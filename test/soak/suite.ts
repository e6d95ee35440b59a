import type fc from 'fast-check';

/** Cases of one kind, in plain data, and what must hold of each. */
export interface Suite<Case> {
  cases: fc.Arbitrary<Case>;
  /** @throws Where it does not hold. */
  run(one: Case): Promise<void>;
}
