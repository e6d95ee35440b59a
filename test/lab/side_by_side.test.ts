import { singleLayer } from '../../lib/lab/experiments/single_layer';
import { reportOf } from '../../lib/lab/run';
import { outputOf } from '../support/child';

/** The output of a child process that runs tasks side by side with the built package. */
const printed = async (tasks: object[], jobs: number, rest: string) =>
  JSON.parse(
    await outputOf(`
      import { createRequire } from 'node:module';
      const { runSideBySide } = createRequire(import.meta.url)('./dist/cjs/lab/side_by_side.js');
      const told = new Set();
      const { reports, stop } = runSideBySide(${JSON.stringify(tasks)}, ${jobs}, (name) => told.add(name));
      ${rest}
    `),
  );

const tasks = ['two-layer', 'single-layer', 'cliff', 'rates'].map((name) => ({ name, size: 'small' as const }));

describe('experiments side by side', () => {
  test.each([1, 2, 9])(
    'return their reports in order from %i threads, with the numbers of separate runs',
    async (jobs) => {
      const { names, checks, told } = await printed(
        tasks,
        jobs,
        `const all = await Promise.all(reports);
       console.log(JSON.stringify({ names: all.map(({ name }) => name), checks: all[1].checks, told: [...told].sort() }));`,
      );
      expect(names).toEqual(tasks.map(({ name }) => name));
      expect(told).toEqual([...names].sort());
      const alone = await reportOf(singleLayer, { size: 'small' });
      expect(checks).toEqual(JSON.parse(JSON.stringify(alone.checks)));
    },
  );

  test('continue after one fails, and its error keeps its code', async () => {
    const failing = [
      { name: 'rates', settings: { steps: 0 } },
      { name: 'single-layer', size: 'small' },
    ];
    const [error, report] = await printed(
      failing,
      1,
      `const all = await Promise.allSettled(reports);
       console.log(JSON.stringify([{ code: all[0].reason.code, message: all[0].reason.message }, all[1].value.name]));`,
    );
    expect(error.code).toBe('ERR_OUT_OF_RANGE');
    expect(error.message).toContain('rates.steps');
    expect(report).toBe('single-layer');
  });

  test('end at once, and the process with them', async () => {
    expect(
      await printed([{ name: 'saxe' }, { name: 'zoo' }], 2, `setTimeout(() => { stop(); console.log('1'); }, 500);`),
    ).toBe(1);
  });
});
