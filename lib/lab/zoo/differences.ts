import { type Check, claim } from '../check.js';
import { largest, smallest } from '../spread.js';
import type { Difference, DifferentMember } from './rule_families.js';
import { endOf, type Runner, shareBelow } from './runner.js';

/** A rule that is not in the lecture, and its runs or those of its replacement. */
export interface Other {
  readonly member: DifferentMember;
  readonly runner: Runner;
}

/** R − R* of each run of a rule after `steps`, at the same learning rate, with the function multiplied by `scale`. */
export interface Early {
  readonly steps: number;
  excess(runner: Runner, scale: number): Float64Array;
}

export const insteadOf = (name: string) => `SGD in place of ${name}`;

/** Counter-models for each way in which rules differ from SGD: SGD replaces the last of these rules. */
export const insteadOfOne: Readonly<Record<Difference, string>> = {
  below: 'SGD in place of a rule that should end below it',
  above: 'SGD in place of a rule that should end above it',
  sooner: 'SGD in place of a rule that should soon be below it',
  scale: 'SGD in place of a rule that should not see by how much R is multiplied',
};

/** Checks that rules take the same steps if R is half as large. */
export const freeOfScale = (names: string, runners: readonly Runner[], early: Early, counterModel: string): Check =>
  claim(
    `${names} after ${early.steps} steps, R half as large: the largest |ln| of the ratio of R − R* over all runs`,
  ).atMost(
    largest(
      runners.flatMap((runner) => {
        const [own, halved] = [early.excess(runner, 1), early.excess(runner, 1 / 2)];
        return Array.from(own, (value, i) => (value === halved[i] ? 0 : Math.abs(Math.log(halved[i]! / value))));
      }),
    ),
    1e-3,
    counterModel,
  );

/** Checks that each rule differs from SGD as expected, one check for each kind of difference. */
export function differences(others: readonly Other[], plain: Runner, early: Early): Check[] {
  const checks = {
    below: ofShares('ends below SGD', (runner) => shareBelow(endOf(runner), endOf(plain))),
    above: ofShares('ends above SGD', (runner) => shareBelow(endOf(plain), endOf(runner))),
    sooner: ofShares(`is below SGD after ${early.steps} steps`, (runner) =>
      shareBelow(early.excess(runner, 1), early.excess(plain, 1)),
    ),
    scale: (names: string, runners: readonly Runner[], counterModel: string) =>
      freeOfScale(names, runners, early, counterModel),
  };
  return (Object.keys(checks) as Difference[]).flatMap((difference) => {
    const some = others.filter(({ member }) => member.difference === difference);
    if (some.length === 0) return [];
    const names = some.map(({ member }) => member.name);
    const runners = some.map(({ runner }) => runner);
    return [checks[difference](names.join('; '), runners, insteadOfOne[difference])];
  });
}

const ofShares =
  (what: string, share: (runner: Runner) => number) =>
  (names: string, runners: readonly Runner[], counterModel: string): Check =>
    claim(`each ${what} (${names}): the least share of runs`).atLeast(smallest(runners.map(share)), 0.7, counterModel);
