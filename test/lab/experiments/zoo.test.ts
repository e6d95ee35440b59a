import { zoo } from '../../../lib/lab/experiments/zoo';
import { reportOf } from '../../../lib/lab/run';

const small = (settings: Record<string, number>) => reportOf(zoo, { size: 'small', settings });

describe('the zoo', () => {
  test('says so if the noise is too large to distinguish the rules', async () => {
    const { checks, findings } = await small({ noise: 10, examples: 100, passes: 1 });
    expect(checks.filter(({ holds }) => !holds).map(({ claim }) => claim)).toContainEqual(
      expect.stringContaining('momentum ends below SGD'),
    );
    expect(findings).toContainEqual(expect.stringContaining('that momentum speeds the way is not supported here'));
  });

  test('says so if no rule reaches the goal', async () => {
    const { findings } = await small({ goal: 1e-6, steps: 20 });
    expect(findings).toContainEqual(expect.stringContaining('is reached by none'));
  });

  test('mentions other starts only if there are some', async () => {
    const settings = { steps: 20, perDecade: 2, perFamily: 1, examples: 100, passes: 1 };
    const [alone, both] = await Promise.all([0, 1].map((otherStarts) => small({ ...settings, otherStarts })));
    expect(alone!.findings.join(' ')).not.toContain('other starts');
    expect(both!.findings.join(' ')).toMatch(/and on \d+ % from other starts/);
  });

  test('draws at most five paths in a figure, on axes with one scale', async () => {
    const { figures } = await small({ perFamily: 5, examples: 100, passes: 1 });
    const landscapes = figures.filter(({ marks }) => marks.some(({ kind }) => kind === 'contours'));
    expect(landscapes.length).toBe(7);
    for (const { equal, x, y, marks } of landscapes) {
      expect(equal).toBe(true);
      expect((x.domain![1] - x.domain![0]) / (y.domain![1] - y.domain![0])).toBeCloseTo(1.6, 12);
      expect(marks.filter(({ kind }) => kind === 'path').length).toBeLessThanOrEqual(5);
    }
  });
});
