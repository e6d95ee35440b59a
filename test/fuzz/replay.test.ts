import { isLongRun } from '../support/long_run';
import { corpusOf } from './corpus';
import { fuzz } from './fuzz';
import { judge } from './judge';
import { targets } from './targets';

describe.each(Object.entries(targets))('%s', (name, target) => {
  test('reads its seeds', async () => {
    for (const seed of await target.seeds()) expect((await judge(target, seed)).outcome).toMatch(/^read/);
  });

  test('handles the inputs of the corpus', async () => {
    for (const input of corpusOf(name)) expect((await judge(target, input)).defect).toBeUndefined();
  });

  test('handles some mutated inputs', async () => {
    const defects: string[] = [];
    await fuzz(
      name,
      target,
      { executions: isLongRun ? 5000 : 400, seed: 1 },
      { finds: (_, { defect }) => defect && defects.push(defect) },
    );
    expect(defects).toEqual([]);
  });
});
