import { curvature } from '../../../lib/lab/experiments/curvature';
import { reportOf } from '../../../lib/lab/run';

const failures = async (settings: Record<string, number>) => {
  const { checks } = await reportOf(curvature, { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
};

describe('curvature', () => {
  test('is far below the edge of stability with short steps', async () => {
    const claims = await failures({ learningRate: 0.003 });
    expect(claims).toContainEqual(expect.stringContaining('up to 2/η, where it stays'));
    expect(claims).toContainEqual(expect.stringContaining('iterates oscillate'));
  });

  test('is shown until its numbers overflow if steps are too long', async () => {
    const { figures, checks, holds, findings } = await reportOf(curvature, {
      size: 'small',
      settings: { learningRate: 5, steps: 100, digits: 100, runs: 1, passes: 2 },
    });
    expect(holds).toBe(false);
    expect(checks.some(({ measured }) => Number.isNaN(measured))).toBe(true);
    const line = figures.find(({ name }) => name === 'edge')!.marks[0]!;
    expect('points' in line && line.points.at(-1)![1]).toBeNaN();
    for (const sentence of ['Some run diverges.', 'With η = 1 the run diverges.', 'some run is never looked at'])
      expect(findings.join('\n')).toContain(sentence);
  });

  test('ends with a grown gradient if a run stops early, and a small one if it continues', async () => {
    expect(await failures({ passes: 7 })).toEqual([
      expect.stringContaining('it falls in the end'),
      expect.stringContaining('and the loss has fallen'),
    ]);
  });

  test('does not change the gradient if there is no progress', async () => {
    expect(await failures({ sgdRate: 1e-4 })).toEqual([
      expect.stringContaining('SGD: ‖∇R‖²'),
      expect.stringContaining('it falls in the end'),
      expect.stringContaining('and the loss has fallen'),
    ]);
  });
});
