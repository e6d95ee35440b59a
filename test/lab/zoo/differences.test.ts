import { bentValley } from '../../../lib/lab/problems/two_dimensional';
import { differences, type Early } from '../../../lib/lab/zoo/differences';
import { families, type Member, plainSgd } from '../../../lib/lab/zoo/rule_families';
import type { Runner } from '../../../lib/lab/zoo/runner';
import { descend, noiseOf, tunedRate } from '../../../lib/lab/zoo/valley';

const steps = 300;
const rates = Array.from({ length: 23 }, (_, i) => 10 ** (i / 4 - 3));
const [forTuning, forRuns] = [noiseOf(2, steps, 0.5, 2), noiseOf(8, steps, 0.5, 1)];
const descent = (member: Member, rate: number, until: number, scale: number) =>
  descend(member.rule(rate, steps), bentValley.start, forRuns, [until], scale);
const runner = (member: Member): Runner => {
  const rate = tunedRate(member, rates, bentValley.start, forTuning);
  return { member, rate, descent: descent(member, rate, steps, 1) };
};
const early: Early = {
  steps: 30,
  excess: ({ member, rate }, scale) => descent(member, rate, 30, scale).excess[0]!,
};

describe('the differences from SGD', () => {
  const plain = runner(plainSgd);
  const others = families.flatMap(({ members }) => members.map((member) => ({ member, runner: runner(member) })));

  test('are checked for all other rules', () => {
    const checks = differences(others, plain, early);
    expect(checks).toHaveLength(4);
    expect(checks.filter(({ holds }) => !holds)).toEqual([]);
    for (const { member } of others) expect(checks.filter(({ claim }) => claim.includes(member.name))).toHaveLength(1);
  });

  test.each(others.map(({ member }) => member.name))('are not found if SGD replaces %s', (name) => {
    const wrong = others.map((one) => (one.member.name === name ? { ...one, runner: plain } : one));
    const failing = differences(wrong, plain, early).filter(({ holds }) => !holds);
    expect(failing).toHaveLength(1);
    expect(failing[0]!.claim).toContain(name);
    expect(failing[0]!.measured).not.toBeNaN();
  });

  test('are not stated for rules that do not run', () => {
    expect(differences([], plain, early)).toEqual([]);
    const [check, ...rest] = differences(others.slice(0, 1), plain, early);
    expect(check!.claim).toContain('ends below SGD');
    expect(rest).toEqual([]);
  });
});
