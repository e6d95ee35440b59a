import type { Check } from '../../lib/lab/check';
import type { Experiment } from '../../lib/lab/experiment';
import { checkedSettings } from '../../lib/lab/run';
import { type Askable, Trial } from '../../lib/lab/trial';

/** A claim without its numbers, which can depend on measurements. */
const withoutNumbers = (text: string) => text.replaceAll(/[−-]?[\d∞][\d,.]*(e[−-]?\d+)?|NaN/g, '#');

/** Runs the chosen parts of an experiment, at a small size. */
const runSome = (experiment: Experiment, chooses: (part: Askable) => boolean, counterModel?: string) =>
  experiment.run(checkedSettings(experiment, { size: 'small' }), new Trial({}, { chooses, counterModel }));

/** Says what is wrong with a check that has failed with its counter-model, as it should, or why it has not failed. */
function complaint({ claim, counterModel }: Check, wrong: Check | undefined): string | undefined {
  if (wrong === undefined || withoutNumbers(wrong.claim) !== withoutNumbers(claim)) return 'lacks the check';
  if (wrong.holds) return `holds with ${wrong.measured}`;
  // A diverging run fails any check of a small number, whatever the check is about.
  const isAboutDivergence = /diverge/.test(claim) || /diverge/.test(counterModel);
  return Number.isFinite(wrong.measured) || isAboutDivergence ? undefined : `measured ${wrong.measured}`;
}

/**
 * Tests that each check of an experiment fails with its counter-model, so that no check could pass if its claim
 * were false. Each part runs separately. It fails with a finite number, unless the check or the counter-model says that
 * something diverges.
 */
export async function testCounterModels(experiment: Experiment): Promise<void> {
  const parts: Askable[] = [];
  await runSome(experiment, (part) => parts.push(part) === 0);
  const complaints: string[] = [];
  const tested = new Set<string>();
  for (const [place, { counterModels }] of parts.entries()) {
    const run = (counterModel?: string) => {
      let next = 0;
      return runSome(experiment, () => next++ === place, counterModel);
    };
    const { checks } = await run();
    for (const { claim, counterModel, holds, measured } of checks) {
      tested.add(counterModel);
      if (!holds) complaints.push(`fails with ${measured} without a counter-model: ${claim}`);
      if (!counterModels.includes(counterModel))
        complaints.push(`counter-model "${counterModel}" not listed: ${claim}`);
    }
    for (const counterModel of counterModels) {
      if (checks.every((check) => check.counterModel !== counterModel)) continue;
      const { checks: wrong } = await run(counterModel);
      for (const [i, check] of checks.entries()) {
        const text = check.counterModel === counterModel ? complaint(check, wrong[i]) : undefined;
        if (text !== undefined) complaints.push(`${counterModel}: ${text}: ${check.claim}`);
      }
    }
  }
  for (const counterModel of new Set(parts.flatMap((part) => part.counterModels)))
    if (!tested.has(counterModel)) complaints.push(`no check names the counter-model "${counterModel}"`);
  expect(complaints).toEqual([]);
}
