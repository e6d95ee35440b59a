import { type Check, runExperiment } from '../../lib/lab';

/** A claim without its numbers, which may depend on what is measured. */
const withoutNumbers = (text: string) => text.replaceAll(/[−-]?[\d∞][\d,.]*(e[−-]?\d+)?|NaN/g, '#');

/**
 * Tests that each check of an experiment fails when its counter-model is in place, so no check could pass if its claim
 * were false.
 */
export async function testCounterModels(name: string): Promise<void> {
  const run = (counterModel?: string) => runExperiment(name, { size: 'small', counterModel });
  const right = await run();
  const byModel = new Map<string, Check[]>();
  for (const check of right.checks)
    byModel.set(check.counterModel, [...(byModel.get(check.counterModel) ?? []), check]);
  const unnoticed: string[] = [];
  for (const [counterModel, checks] of byModel) {
    if (counterModel === '') {
      unnoticed.push(...checks.map(({ claim }) => `no counter-model: ${claim}`));
      continue;
    }
    const wrong = await run(counterModel);
    for (const { claim } of checks) {
      const check = wrong.checks.find((one) => withoutNumbers(one.claim) === withoutNumbers(claim));
      if (!check) unnoticed.push(`${counterModel}: lacks the check: ${claim}`);
      else if (Number.isNaN(check.measured)) unnoticed.push(`${counterModel}: measured NaN: ${claim}`);
      else if (check.holds) unnoticed.push(`${counterModel}: holds with ${check.measured}: ${claim}`);
    }
  }
  expect(unnoticed).toEqual([]);
}
