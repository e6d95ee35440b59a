import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { outputOf } from '../support/child';
import { resultOf, runRanks, underAnMpi } from '../support/ranks';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

let state = 1;
const uniform = (): number => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};

/** The first half of the rows lacks some values that the second half has. */
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

const program = (ranks: 'undefined' | 'await distributed()', act: string) => `
  import { columns, kindsOf, pipeline, search, table, train } from 'glissade/tables';
  import { distributed } from 'glissade/distributed';
  const ranks = ${ranks};
  const people = await table(${JSON.stringify(file)}, { ranks, types: { number: 'number' } });
  const show = async (value) => {
    const all = ranks ? await ranks.gather(value) : [value];
    if (!ranks || ranks.rank === 0) console.log(JSON.stringify(all));
  };
  ${act}`;

/** The largest relative difference of numbers in two values of the same shape; everything else must be equal. */
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
      month: columns.interval('born', { every: 'week', rare: 1 }),
      pair: columns.cross(['city', 'late']),
    });
    fitted.push((await steps.fit(people, { target })).toJSON());
  }
  await show(fitted);`;

underAnMpi('ranks that each read one part of a table', (launcher) => {
  test.each([2, 3])('%i of them fit the pipelines that one process fits', async (ranks) => {
    const [expected] = JSON.parse(await outputOf(program('undefined', fitting))) as unknown[];
    const all = (await resultOf(launcher, ranks, program('await distributed()', fitting))) as unknown[];
    expect(all).toHaveLength(ranks);
    for (const each of all) expect(each).toEqual(all[0]);
    expect(distance(all[0], expected)).toBeLessThan(1e-9);
    const steps = (all[0] as { steps: { name: string }[] }[])[0]!.steps.map(({ name }) => name);
    expect(steps).toContain('late'); // constant in each of two parts
  });

  const training = (target: string, options: string) => `
    const { model, report } = await train(people, { target: '${target}', epochs: 12, seed: 5, ${options} });
    const { scores, kinds, rows, withoutTarget, chosen, leftOut, importance, heldOut, parameters, worst, dependence } = report;
    await show({ parameters: [...model.network.parameters.slice(0, 40)], target: model.pipeline.target, pipeline: model.pipeline.toJSON(), worst, dependence,
      report: { scores, kinds, rows, withoutTarget, chosen, leftOut, heldOut, parameters, first: importance[0].column, columns: importance.length } });`;

  interface Shown {
    worst: { row: number; truth: unknown }[];
    dependence: { points: object[] }[];
    parameters: number[];
    target: { mean?: number };
    report: { scores: Record<'network' | 'constant', Record<string, { value: number }>>; parameters: number };
  }

  test.each([
    ['wanted', 'accuracy', 0.04],
    ['price', 'r2', 0.02],
  ])('train a model of %s as good as that of one process', async (target, score, difference) => {
    const ofOne = program('undefined', training(target, 'validation: 0.1'));
    const [alone] = JSON.parse(await outputOf(ofOne)) as Shown[];
    const all = (await resultOf(launcher, 3, program('await distributed()', training(target, '')))) as Shown[];
    for (const each of all) expect(each).toEqual(all[0]); // the same model and the same report on all ranks
    const [{ report, ...ours }] = all as [Shown];
    // Rows are named by their numbers in the file, whichever rank has read them.
    expect(ours.worst).toHaveLength(10);
    for (const { row, truth } of ours.worst)
      expect(String(truth)).toBe(
        String(Number(rows[row - 1]![target as 'price']) || rows[row - 1]![target as 'wanted']),
      );
    expect(ours.dependence).toHaveLength(5);
    for (const { points } of ours.dependence) expect(points.length).toBeGreaterThan(1);
    const { scores: _, parameters, ...described } = alone!.report;
    expect(report).toMatchObject(described);
    // Other training rows may have a split more or less between bins.
    expect(Math.abs(report.parameters - parameters)).toBeLessThan(0.1 * parameters);
    expect(Object.keys(ours.target)).toEqual(Object.keys(alone!.target));
    if (score === 'r2') expect(Math.abs(report.scores.constant.r2!.value)).toBeLessThan(0.02);
    expect(Math.abs(report.scores.network[score]!.value - alone!.report.scores.network[score]!.value)).toBeLessThan(
      difference,
    );
    if (score === 'accuracy') expect((ours.target as { classes?: string[] }).classes).toEqual(['much', 'no', 'yes']);
  });

  test('hold out the latest rows of all parts, as one process does, or whole groups', async () => {
    const later = (ranks: 'undefined' | 'await distributed()') =>
      program(ranks, training('price', "time: 'born', validation: 0.1"));
    const [alone] = JSON.parse(await outputOf(later('undefined'))) as Shown[];
    const [shared] = (await resultOf(launcher, 3, later('await distributed()'))) as Shown[];
    const constants = [alone, shared].map((one) => one!.report.scores.constant.rootMeanSquaredError!.value);
    expect(constants[1]).toBeCloseTo(constants[0]!, 9); // of the same rows
    const grouped = program('await distributed()', training('price', "by: 'note', hidden: []"));
    const all = (await resultOf(launcher, 2, grouped)) as Shown[];
    expect(all[1]).toEqual(all[0]);
    expect(all[0]!.report).toMatchObject({ leftOut: expect.arrayContaining(['note']) });
    const few = program(
      'await distributed()',
      `await show(await train(people, { target: 'price', by: 'late' }).catch(({ code }) => code));`,
    );
    expect(await resultOf(launcher, 2, few)).toEqual(['ERR_SHAPE', 'ERR_SHAPE']);
  });

  test('operations on the whole table are refused, and a part without enough rows too', async () => {
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
    const name = file;
    expect(found[0]).toEqual({
      searched: ['ERR_INVALID_ARGUMENT', `search needs a whole table, but ${name} is one rank's part`],
      validated: ['ERR_INVALID_ARGUMENT', `crossValidate needs a whole table, but ${name} is one rank's part`],
      few: ['ERR_SHAPE', `${name} has 3 rows with a value of "wanted"; training needs at least 100`],
    });
  });

  test.each([
    ['notes.json', 'written'],
    ['people.csv', 'given'],
    ['people.csv', 'read'],
  ])('parts of %s that are %s know their rows, and are divided once', async (name, how) => {
    const place = path.join(folder, name);
    if (name === 'notes.json')
      fs.writeFileSync(place, JSON.stringify(rows.map(({ number, age, note }) => ({ number, age, note }))));
    const found = (await resultOf(
      launcher,
      3,
      program(
        'await distributed()',
        `const whole = await table(${JSON.stringify(place)}, { kinds: { note: 'category' } });
        const options = { ranks, kinds: { note: 'category' } };
        const part = await table(${how === 'given' ? 'whole' : JSON.stringify(place)}, ${how === 'given' ? '{ ranks }' : 'options'});
        const again = await table(part, { ranks });
        const { steps } = await pipeline({ age: columns.number(), note: columns.category() }).fit(part, { target: 'number', task: 'regression' });
        const isSame = (row, i) => JSON.stringify(part.row(i)) === JSON.stringify(whole.row(row));
        const places = [...part.rowNumbers];
        await show({ rows: part.rows, again: again.rows, areSame: places.every(isSame), places, steps: steps.length });`,
      ),
    )) as { rows: number; again: number; areSame: boolean; places: number[]; steps: number }[];
    for (const each of found)
      expect({ ...each, places: 0, rows: 0 }).toEqual({
        rows: 0,
        again: each.rows,
        areSame: true,
        places: 0,
        steps: 2,
      });
    expect(found.flatMap(({ places }) => places).sort((a, b) => a - b)).toEqual(Array.from(rows.keys()));
  });

  test('kinds of dealt rows equal those of one process', async () => {
    const place = path.join(folder, 'kinds.json');
    fs.writeFileSync(place, JSON.stringify(rows.map((row) => ({ ...row, count: row.number + 5 }))));
    const act = `const { report } = await train(await table(${JSON.stringify(place)}, { ranks }), { target: 'wanted', epochs: 1, hidden: [], validation: 0.1 });
      await show({ kinds: report.kinds, leftOut: report.leftOut });`;
    const [alone] = JSON.parse(await outputOf(program('undefined', act))) as object[];
    expect(((await resultOf(launcher, 2, program('await distributed()', act))) as object[])[0]).toEqual(alone);
    expect(alone).toMatchObject({ kinds: { count: 'identifier' } });
  });

  test('a training of parts resumes with another number of ranks, to the model of an undisturbed one', async () => {
    const checkpoints = path.join(folder, `checkpoints-${launcher.library}`);
    const act = (stop: string, keep: string) => `
      const controller = new AbortController();
      const stop = controller.signal;
      let epochs = 0;
      const onProgress = (stage) => { if (stage === 'network model' && ++epochs === ${stop}) controller.abort(); };
      const { model, report } = await train(people, { target: 'wanted', epochs: 8, seed: 5, ${keep} stop, onProgress });
      await show({ stopped: report.stopped, scores: report.scores, parameters: [...model.network.parameters] });`;
    const keep = `checkpoints: ${JSON.stringify(checkpoints)},`;
    interface Found {
      stopped: boolean;
      scores: object;
      parameters: number[];
    }
    const run = async (ranks: number, stop: string, keep: string) =>
      ((await resultOf(launcher, ranks, program('await distributed()', act(stop, keep)))) as Found[])[0]!;
    const whole = await run(2, '0', '');
    expect(await run(2, '3', keep)).toMatchObject({ stopped: true });
    const resumed = await run(3, '0', keep);
    expect(resumed.stopped).toBe(false);
    expect(resumed.parameters).toHaveLength(whole.parameters.length);
    const accuracy = ({ scores }: Found) =>
      (scores as { linear: { accuracy: { value: number } } }).linear.accuracy.value;
    expect(accuracy(resumed)).toBeCloseTo(accuracy(whole), 9); // trained before, with the same rows held out
  });

  test('a table with fewer rows than ranks is refused by all of them', async () => {
    const few = path.join(folder, 'few.csv');
    fs.writeFileSync(few, 'a,b\n1,2\n');
    const found = await resultOf(
      launcher,
      2,
      program(
        'await distributed()',
        `await show(await table(${JSON.stringify(few)}, { ranks }).catch(({ code, message }) => [code, message.replace(/.*few/, '')]));`,
      ),
    );
    expect(found).toEqual([
      ['ERR_SHAPE', '.csv, part 1 of 2 has no rows for rank 1; read all of it on each rank'],
      ['ERR_SHAPE', '.csv, part 2 of 2 has no rows for rank 1; read all of it on each rank'],
    ]);
  });

  test('a value refused by one of them ends the job with its place', async () => {
    const { code, stderr } = await runRanks(
      launcher,
      2,
      program('await distributed()', `await pipeline({ city: columns.number() }).fit(people, { target: 'wanted' });`),
    );
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/rank [01]: .*people\.csv, row (1|3\d\d\d), column "city"/);
  });
});
