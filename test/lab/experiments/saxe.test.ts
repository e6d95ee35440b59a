import { runExperiment } from 'glissade/lab';

const failing = async (settings: Record<string, number>) => {
  const { checks } = await runExperiment('saxe', { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
};

describe('learning curves', () => {
  test('hold with fewer hidden units than modes, which then learn the strongest ones', async () => {
    expect(await failing({ hidden: 4, active: 2 })).toEqual([]);
  });

  test('hold for items without a tree', async () => {
    expect(await failing({ flip: 0.5 })).toEqual([]);
  });

  test('differ from the flow by more than is claimed, where steps are large', async () => {
    const claims = await failing({ fineRate: 3e-4 });
    expect(claims.length).toBe(1);
    expect(claims[0]).toMatch('gradient descent, decoupled start');
  });

  test('end where the paper’s λ is too large', async () => {
    const { checks, figures } = await runExperiment('saxe', { size: 'small', settings: { rate: 0.3, duration: 10 } });
    expect(checks.find(({ claim }) => claim.startsWith('no mode'))).toMatchObject({ measured: NaN, holds: false });
    const { marks } = figures[0]!;
    expect(marks.some((mark) => mark.kind === 'line' && mark.points.some(([, u]) => Number.isNaN(u)))).toBe(true);
  });
});
