import { twoLayer } from '../../../lib/lab/experiments/two_layer';
import { reportOf } from '../../../lib/lab/run';

const failing = async (settings: Record<string, number>) => {
  const { checks } = await reportOf(twoLayer, { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
};

describe('two layers', () => {
  test.each([[{ inputs: 3, outputs: 5 }], [{ inputs: 4, outputs: 4, hidden: 7 }], [{ hidden: 2 }], [{ noise: 0 }]])(
    'satisfy their checks for other sizes, %o',
    async (settings) => {
      expect(await failing(settings)).toEqual([]);
    },
  );

  test('do not align if they start far from zero', async () => {
    expect((await failing({ start: 2 })).join()).toMatch('align');
  });

  test('do not converge with too large steps, and the figures mark that', async () => {
    const { checks, figures } = await reportOf(twoLayer, { size: 'small', settings: { learningRate: 0.6 } });
    expect(
      checks
        .filter(({ holds }) => !holds)
        .map(({ claim }) => claim)
        .join(),
    ).toMatch('rank k');
    const line = figures[0]!.marks[0]!;
    expect(line.kind === 'line' && line.points.at(-1)![1]).toBeNaN();
  });
});
