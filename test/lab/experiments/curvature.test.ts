import { runExperiment } from 'glissade/lab';

const failures = async (settings: Record<string, number>) => {
  const { checks } = await runExperiment('curvature', { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
};

describe('curvature', () => {
  test('is far below the edge of stability with short steps', async () => {
    const claims = await failures({ learningRate: 0.03 });
    expect(claims).toContainEqual(expect.stringContaining('λmax comes to 2/η'));
    expect(claims).toContainEqual(expect.stringContaining('comes near 1'));
  });

  test('is shown as far as numbers go where steps are too long for any progress', async () => {
    const { figures, checks, holds } = await runExperiment('curvature', {
      size: 'small',
      settings: { learningRate: 5 },
    });
    expect(holds).toBe(false);
    expect(checks.some(({ measured }) => Number.isNaN(measured))).toBe(true);
    const line = figures.find(({ name }) => name === 'edge')!.marks[0]!;
    expect('points' in line && line.points.at(-1)![1]).toBeNaN();
  });

  test('leaves a gradient that has grown only where there is progress', async () => {
    expect(await failures({ sgdRate: 1e-4 })).toEqual([
      expect.stringContaining('SGD: mean ‖∇R‖²'),
      expect.stringContaining('while the loss falls'),
    ]);
  });
});
