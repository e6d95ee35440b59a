import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { outputOf } from '../support/child';
import { resultOf, runRanks, underEachMpi } from '../support/ranks';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

let state = 1;
const uniform = (): number => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};

/** The first half of the rows lacks some of what the second has. */
const rows = Array.from({ length: 6000 }, (_, i) => {
  const late = i >= 3000;
  const [age, height] = [Math.floor(18 + 60 * uniform()), 150 + 50 * uniform()];
  const city = late
    ? ['Bern', 'Oslo', 'Lima'][Math.floor(3 * uniform())]!
    : ['Bern', 'Rome'][Math.floor(2 * uniform())]!;
  const isWanted = age > 45 !== (city === 'Bern');
  return {
    number: i,
    age,
    income: uniform() < 0.05 ? '' : (late ? Math.exp(10 * uniform()) : 1 + uniform()).toFixed(2),
    late: late ? 'yes' : 'no',
    flag: uniform() < 0.3,
    city,
    note: `${['good', 'bad', 'so so'][Math.floor(3 * uniform())]} person of ${city} who says ${Math.floor(1e6 * uniform())}`,
    born: new Date(1e12 * uniform()).toISOString(),
    height: height.toFixed(3),
    wanted: isWanted !== uniform() < 0.03 ? (late && uniform() < 0.1 ? 'much' : 'yes') : 'no',
    price: (age * 3 + (late ? 200 : 0) + (city === 'Bern' ? 50 : 0) + uniform()).toFixed(4),
  };
});
const file = path.join(folder, 'people.csv');
fs.writeFileSync(
  file,
  [Object.keys(rows[0]!).join(','), ...rows.map((row) => Object.values(row).join(','))].join('\n'),
);

const program = (group: 'undefined' | 'await distributed()', act: string) => `
  import { columns, kindsOf, pipeline, search, table, train } from 'glissade/tables';
  import { distributed } from 'glissade/distributed';
  const group = ${group};
  const people = await table(${JSON.stringify(file)}, { group, types: { number: 'number' } });
  const show = async (value) => {
    const all = group ? await group.gather(value) : [value];
    if (!group || group.rank === 0) console.log(JSON.stringify(all));
  };
  ${act}`;

/** The largest difference of numbers in two values of the same shape, in proportion; everything else must be equal. */
function distance(ours: unknown, theirs: unknown, place = ''): number {
  if (typeof ours === 'number' && typeof theirs === 'number')
    return Math.abs(ours - theirs) / Math.max(1, Math.abs(theirs));
  if (typeof ours !== 'object' || ours === null || typeof theirs !== 'object' || theirs === null) {
    expect({ place, value: ours }).toEqual({ place, value: theirs });
    return 0;
  }
  expect({ place, keys: Object.keys(ours) }).toEqual({ place, keys: Object.keys(theirs) });
  return Math.max(
    0,
    ...Object.entries(ours).map(([key, value]) =>
      distance(value, (theirs as Record<string, unknown>)[key], `${place}.${key}`),
    ),
  );
}

const fitting = `
  const fitted = [];
  for (const target of ['wanted', 'price']) {
    const steps = pipeline({
      age: columns.number({ bins: 8, clip: { quantiles: [0.01, 0.99] } }),
      income: columns.number({ missing: 'median', log: true, scale: 'quantile' }),
      height: columns.number({ scale: 'minMax' }),
      late: columns.category(),
      flag: columns.number(),
      city: columns.category({ rare: 10 }),
      note: columns.text({ columns: 64 }),
      born: columns.date(),
      pair: columns.cross(['city', 'late']),
    });
    fitted.push((await steps.fit(people, { target })).toJSON());
  }
  await show(fitted);`;

underEachMpi('ranks of which each reads a part of a table', (launcher) => {
  test.each([2, 3])('%i of them fit the pipelines that one process fits', async (ranks) => {
    const [expected] = JSON.parse(await outputOf(program('undefined', fitting))) as unknown[];
    const all = (await resultOf(launcher, ranks, program('await distributed()', fitting))) as unknown[];
    expect(all).toHaveLength(ranks);
    for (const each of all) expect(each).toEqual(all[0]);
    expect(distance(all[0], expected)).toBeLessThan(1e-9);
    const steps = (all[0] as { steps: { name: string }[] }[])[0]!.steps.map(({ name }) => name);
    expect(steps).toContain('late'); // constant in each part of two
  });

  const training = (target: string, options: string) => `
    const { model, report } = await train(people, { target: '${target}', epochs: 12, seed: 5, ${options} });
    const { scores, kinds, rows, withoutTarget, chosen, leftOut, importance, heldOut, parameters } = report;
    await show({ parameters: [...model.network.parameters.slice(0, 40)], target: model.pipeline.target, pipeline: model.pipeline.toJSON(),
      report: { scores, kinds, rows, withoutTarget, chosen, leftOut, heldOut, parameters, first: importance[0].column, columns: importance.length } });`;

  interface Shown {
    parameters: number[];
    target: { mean?: number };
    report: { scores: Record<'network' | 'constant', Record<string, { value: number }>> };
  }

  test.each([
    ['wanted', 'accuracy', 0.04],
    ['price', 'r2', 0.02],
  ])('train a model of %s as good as that of one process', async (target, score, difference) => {
    const ofOne = program('undefined', training(target, 'validation: 0.1'));
    const [alone] = JSON.parse(await outputOf(ofOne)) as Shown[];
    const all = (await resultOf(launcher, 3, program('await distributed()', training(target, '')))) as Shown[];
    for (const each of all) expect(each).toEqual(all[0]); // the same model and the same report on all
    const [{ report, ...ours }] = all as [Shown];
    const { scores: _, ...described } = alone!.report;
    expect(report).toMatchObject(described);
    expect(Object.keys(ours.target)).toEqual(Object.keys(alone!.target));
    if (score === 'r2') expect(Math.abs(report.scores.constant.r2!.value)).toBeLessThan(0.02);
    expect(Math.abs(report.scores.network[score]!.value - alone!.report.scores.network[score]!.value)).toBeLessThan(
      difference,
    );
    if (score === 'accuracy') expect((ours.target as { classes?: string[] }).classes).toEqual(['much', 'no', 'yes']);
  });

  test('what needs the whole table says so, and a part without enough rows', async () => {
    const found = (await resultOf(
      launcher,
      2,
      program(
        'await distributed()',
        `const codeOf = (work) => work.then(() => 'none', ({ code, message }) => [code, message]);
        const { crossValidate } = await import('glissade/tables');
        await show({
          searched: await codeOf(search(people, { target: 'wanted' })),
          validated: await codeOf(crossValidate(people, { target: 'wanted' })),
          few: await codeOf(train(people.select([0, 1, 2]), { target: 'wanted' })),
        });`,
      ),
    )) as object[];
    const name = `${file}, part 1 of 2`;
    expect(found[0]).toEqual({
      searched: ['ERR_INVALID_ARGUMENT', `search needs a whole table, but ${name} is the part of a rank`],
      validated: ['ERR_INVALID_ARGUMENT', `crossValidate needs a whole table, but ${name} is the part of a rank`],
      few: ['ERR_SHAPE', `${name} has 3 rows with a value of "wanted"; training needs 100 at least`],
    });
  });

  test('a table of fewer rows than ranks is refused by all of them', async () => {
    const few = path.join(folder, 'few.csv');
    fs.writeFileSync(few, 'a,b\n1,2\n');
    const found = await resultOf(
      launcher,
      2,
      program(
        'await distributed()',
        `await show(await table(${JSON.stringify(few)}, { group }).catch(({ code, message }) => [code, message.replace(/.*few/, '')]));`,
      ),
    );
    expect(found).toEqual([
      ['ERR_SHAPE', '.csv, part 1 of 2 has no rows for rank 1; read all of it on each'],
      ['ERR_SHAPE', '.csv, part 2 of 2 has no rows for rank 1; read all of it on each'],
    ]);
  });

  test('a value that one of them refuses ends the job with its place', async () => {
    const { code, stderr } = await runRanks(
      launcher,
      2,
      program('await distributed()', `await pipeline({ city: columns.number() }).fit(people, { target: 'wanted' });`),
    );
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/rank [01]: .*people\.csv, part [12] of 2.*row 1, column "city"/);
  });
});
