import '../../../lib/definitions';
import { columns, pipeline } from '../../../lib/tables/index';
import { table } from '../../../lib/tables/open';
import { crossValidate } from '../../../lib/tables/train/cross_validate';
import type { TableWarning } from '../../../lib/tables/train/report';
import { train } from '../../../lib/tables/train/train';
import { cleanTables, spoiledTables } from '../../support/judged_tables/all';
import type { JudgedTable } from '../../support/judged_tables/judged_table';
import { normal, range } from '../../support/numbers';

const [clean, spoiled] = [cleanTables(), spoiledTables()];

const named = (list: readonly JudgedTable[], name: string): JudgedTable => {
  const found = list.find((one) => one.name === `${name} (1)`);
  if (!found) throw new Error(`no table ${name}`);
  return found;
};

async function warningsIn({ rows, target }: JudgedTable, options = {}): Promise<readonly TableWarning[]> {
  const { report } = await train(await table(rows as never), { target, ...options });
  return report.warnings;
}

describe('train warns of', () => {
  test('rows that belong together, with the score that new patients would have', async () => {
    const patients = named(spoiled, 'patients');
    const [warning, ...others] = await warningsIn(patients);
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ kind: 'repeated values', column: 'patient', options: { by: 'patient' } });
    expect(warning!.text).toContain('Rows with the same "patient" are alike');
    expect(warning!.usual.value).toBeGreaterThan(0.9);
    expect(warning!.instead.value).toBeLessThan(0.65);
    const apart = await crossValidate(await table(patients.rows as never), { target: 'ill', by: 'patient' });
    expect(warning!.instead.value).toBeGreaterThan(apart.mean.accuracy!.low - 0.05);
    expect(warning!.instead.value).toBeLessThan(apart.mean.accuracy!.high + 0.05);
    expect(await warningsIn(patients, { by: 'patient' })).toEqual([]);
  });

  test('rows that belong together if a linear model does not notice, by the score of the nearest rows', async () => {
    const wells = named(spoiled, 'wells by depth');
    const [warning, ...others] = await warningsIn(wells, { hidden: [] });
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ kind: 'repeated values', column: 'well', score: 'meanAbsoluteError' });
    expect(warning!.text).toMatch(
      /In a trial on 1,000 rows, the mean absolute error of the nearest rows is \S+ if they may have the same "well"/,
    );
    expect(warning!.instead.value).toBeGreaterThan(2 * warning!.usual.value);
  });

  test('days whose rows are alike, which a network learns and nearest rows do not see', async () => {
    const noise = normal(3);
    const rows = range(50).flatMap((day) => {
      const effect = 2 * noise();
      return range(40).map(() => {
        const x = noise();
        return { day: new Date(Date.UTC(2026, 0, 1 + day)), x, y: effect + 0.5 * x + 0.5 * noise() };
      });
    });
    const { report } = await train(await table(rows), { target: 'y' });
    expect(report.scores.network.r2!.value).toBeGreaterThan(0.8);
    expect(report.warnings).toMatchObject([{ kind: 'order', column: 'day', options: { time: 'day' } }]);
    expect(report.warnings[0]!.instead.value).toBeGreaterThan(2 * report.warnings[0]!.usual.value);
  });

  test('a change in time', async () => {
    const changing = named(spoiled, 'a rule that changes');
    const warnings = await warningsIn(changing);
    expect(warnings).toMatchObject([{ kind: 'order', column: 'time', options: { time: 'time' } }]);
    expect(warnings[0]!.instead.value).toBeLessThan(warnings[0]!.usual.value - 0.1);
    expect(await warningsIn(changing, { time: 'time' })).toEqual([]);
  });

  test('a column that all but is the target, with the score without it', async () => {
    const leaking = named(spoiled, 'a code of the class');
    const warnings = await warningsIn(leaking, { epochs: 20 });
    expect(warnings).toMatchObject([{ kind: 'leak', column: 'status', options: { without: ['status'] } }]);
    expect(warnings[0]!.usual.value).toBeGreaterThan(0.98);
    expect(warnings[0]!.instead.value).toBeLessThan(0.85);
    expect(await warningsIn(leaking, { without: ['status'], epochs: 20 })).toEqual([]);
  });

  test('the same column in a pipeline', async () => {
    const { rows, target } = named(spoiled, 'a code of the class');
    const steps = { months: columns.number(), calls: columns.number(), status: columns.category() };
    const warnings = await warningsIn({ name: '', rows, target }, { pipeline: pipeline(steps), epochs: 20 });
    expect(warnings).toMatchObject([{ kind: 'leak', column: 'status' }]);
    const { status: _, ...others } = steps;
    expect(await warningsIn({ name: '', rows, target }, { pipeline: pipeline(others), epochs: 20 })).toEqual([]);
  });

  test.each([
    'half of the rows twice',
    'copies that differ a little',
    'twenty rows, ten times each',
    'with new numbers',
  ])('equal rows: %s', async (name) => {
    const doubled = named(spoiled, name);
    const warnings = await warningsIn(doubled);
    expect(warnings).toMatchObject([{ kind: 'equal rows', options: { distinct: true } }]);
    expect(warnings[0]!.text).toMatch(/^\d+ % of the rows are equal to an earlier row/);
    expect(await warningsIn(doubled, { distinct: true })).toEqual([]);
  });

  test.each([
    'passengers, all discrete',
    'houses with places',
    'customers with cities',
    'visits with dates, nothing changes',
  ])('nothing in a table of independent rows: %s', async (name) => {
    expect(await warningsIn(named(clean, name))).toEqual([]);
  });

  // Models without hidden layers, which suffice to see that nothing is suspected.
  test.each([
    'a number and a class',
    'a number, a word and a rare class',
    'a score and its grade',
    'curves of one number',
    'places within places',
    'five rows, many times',
    'sorted by a number',
    'sorted by age',
    'a straight line with noise',
    'thirteen values with noise',
    'mostly zero',
  ])('nothing in a narrow or sorted table: %s', async (name) => {
    expect(await warningsIn(named(clean, name), { hidden: [] })).toEqual([]);
  });

  test.each(['a copy with a few errors', 'words of which one is rarely wrong', 'set for most of a rare class'])(
    'a leak that is not perfect: %s',
    async (name) => {
      const { column, ...leaking } = named(spoiled, name);
      expect(await warningsIn(leaking, { hidden: [] })).toMatchObject([{ kind: 'leak', column }]);
    },
  );

  test('equal rows, with a first score that is near that of the report', async () => {
    const { rows, target } = named(spoiled, 'three copies of everything');
    const { report } = await train(await table(rows as never), { target, epochs: 60 });
    const [warning] = report.warnings;
    expect(warning).toMatchObject({ kind: 'equal rows', text: expect.stringContaining('In a trial on ') });
    expect(Math.abs(warning!.usual.value - report.scores[report.chosen].accuracy!.value)).toBeLessThan(0.07);
    expect(warning!.instead.value).toBeLessThan(0.6);
  });

  test('equal rows of fewer different ones than a training needs: none fails the training', async () => {
    const rows = Array.from({ length: 120 }, (_, i) => ({
      a: Math.sin(i % 6),
      b: Math.cos(i % 6),
      c: (i % 6) / 7,
      y: (i % 6) ** 1.5,
    }));
    const { report } = await train(await table(rows), { target: 'y', hidden: [] });
    expect(report.warnings).toEqual([]);
  });

  test('nothing if it is not asked to', async () => {
    expect(await warningsIn(named(spoiled, 'a code of the class'), { warnings: false, epochs: 3 })).toEqual([]);
  });
});

describe('distinct', () => {
  test('leaves out rows that repeat others, and says how many', async () => {
    const { rows, target } = named(spoiled, 'copies that differ a little');
    const { report } = await train(await table(rows as never), { target, distinct: true, hidden: [], epochs: 3 });
    expect(report.rows).toBe(500);
    expect(report.repeated).toBe(rows.length - 500);
    expect(report.withoutTarget).toBe(0);
  });

  test('keeps rows that differ in a word, a missing value or by more than a thousandth of the spread', async () => {
    const base = Array.from({ length: 30 }, (_, i) => ({ a: i, b: i % 2 === 0 ? 'x' : null, y: i * 2 }));
    const more = [
      { a: 0, b: 'x', y: 0 }, // again
      { a: 0, b: 'z', y: 0 },
      { a: 1, b: null, y: 2 }, // again
      { a: null, b: 'x', y: 0 },
      { a: 0.01, b: 'x', y: 0.01 }, // nearly
      { a: 0.5, b: 'x', y: 0 },
    ];
    const { report } = await train(await table([...base, ...more]), {
      target: 'y',
      distinct: true,
      hidden: [],
      epochs: 3,
    });
    expect(report.repeated).toBe(3);
  });
});

describe('without', () => {
  test('leaves columns out', async () => {
    const { rows, target } = named(spoiled, 'a code of the class');
    const { model } = await train(await table(rows as never), {
      target,
      without: ['status', 'calls'],
      hidden: [],
      epochs: 3,
    });
    expect(model.columns).toEqual(['months']);
  });

  test.each([
    [{ without: ['churned'] }, 'without: "churned" is the target'],
    [{ without: ['stat'] }, 'no column "stat"'],
    [{ without: ['status'], pipeline: pipeline({ calls: columns.number() }) }, 'leave out the steps of the pipeline'],
    [{ without: 'status' }, 'an array of names'],
  ])('refuses %j', async (options, message) => {
    const { rows, target } = named(spoiled, 'a code of the class');
    await expect(train(await table(rows as never), { target, ...(options as object) })).rejects.toThrow(message);
  });
});
