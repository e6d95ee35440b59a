import { saxe } from '../../../lib/lab/experiments/saxe';
import { reportOf } from '../../../lib/lab/run';

const failing = async (settings: Record<string, number>) => {
  const { checks } = await reportOf(saxe, { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
};

describe('learning curves', () => {
  test('hold with fewer hidden units than modes, which then learn the strongest ones', async () => {
    expect(await failing({ hidden: 4, active: 2 })).toEqual([]);
  });

  test('hold for items without a tree', async () => {
    expect(await failing({ flip: 0.5 })).toEqual([]);
  });

  test('end if the paper’s λ is too large', async () => {
    const { checks, figures } = await reportOf(saxe, { size: 'small', settings: { rate: 0.3, duration: 10 } });
    expect(checks.find(({ claim }) => claim.startsWith('no mode'))).toMatchObject({ measured: NaN, holds: false });
    const { marks } = figures[0]!;
    expect(marks.some((mark) => mark.kind === 'line' && mark.points.some(([, u]) => Number.isNaN(u)))).toBe(true);
  });
});

test.each([{ levels: 5 }, { features: 2000, levels: 2 }, { start: 1e-12 }, { fineRate: 0.001 }])(
  'gradient descent of decoupled modes follows the formula except for the first term of its error with %j',
  async (settings) => {
    const { checks } = await reportOf(saxe, { size: 'small', settings });
    const along = checks.filter(({ claim }) => claim.startsWith('gradient') || claim.includes('a = b'));
    expect(along.filter(({ holds }) => !holds)).toEqual([]);
    expect(along).toHaveLength(3);
  },
);
