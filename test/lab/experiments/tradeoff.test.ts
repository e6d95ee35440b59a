import { tradeoff } from '../../../lib/lab/experiments/tradeoff';
import { reportOf } from '../../../lib/lab/run';

describe('the trade-off', () => {
  test('has no dot if a method misses the goal', async () => {
    const settings = { largestBudget: 2048, samples: 2, goal: 0.01, noise: 3 };
    const { figures, findings } = await reportOf(tradeoff, { size: 'small', settings });
    const { marks } = figures.find(({ name }) => name === 'examples')!;
    for (const mark of marks) expect('points' in mark && mark.points).toEqual([]);
    expect(marks.length).toBeGreaterThan(0);
    expect(findings.join(' ')).toContain('more examples than it may take');
    expect(findings.join(' ')).not.toContain('what SGD needs does not');
  });

  test('stacks three errors for each budget', async () => {
    const { figures, settings } = await reportOf(tradeoff, {
      size: 'small',
      settings: { largestBudget: 2048, samples: 1 },
    });
    for (const name of ['errors-gradient-descent', 'errors-l-bfgs', 'errors-sgd']) {
      const [lacking, estimation, optimisation] = figures
        .find((figure) => figure.name === name)!
        .marks.filter((mark) => mark.kind === 'band')
        .map(({ points }) => points);
      for (const [i, [budget, low, high]] of estimation!.entries()) {
        expect(lacking![i]![2]).toBe(settings.lacking);
        expect(low).toBe(settings.lacking);
        expect(high).toBeGreaterThan(low);
        expect(optimisation![i]!.slice(0, 2)).toEqual([budget, high]);
        expect(optimisation![i]![2]).toBeGreaterThanOrEqual(high);
      }
    }
  });
});
