import { dense, input, network, parallel } from '../../../lib';
import { Random } from '../../../lib/numbers/random';
import { columns, pipeline, TableModel, table } from '../../../lib/tables';
import { kindsOf } from '../../../lib/tables/table';
import { dependenceOf } from '../../../lib/tables/train/dependence';
import { train } from '../../../lib/tables/train/train';

const random = new Random(3);
const rows = Array.from({ length: 150 }, (_, i) => ({
  x: Math.round(1000 * random.uniform()) / 100,
  few: i % 3,
  city: i % 7 === 0 ? null : i % 2 === 0 ? 'Bern' : i % 3 === 0 ? 'Chur' : 'Genf',
  day: new Date(Date.UTC(2020, 0, 1 + (i % 40))),
  member: i % 5 === 0,
  note: `note ${i} says ${random.uniform()}`,
  w: i % 4,
  y: i,
  kind: ['a', 'b', 'c'][i % 3]!,
  big: i > 80,
}));
const kinds = { few: 'number', note: 'text', city: 'category' } as const;
const steps = pipeline({
  x: columns.number({ bins: 3 }),
  few: columns.number(),
  city: columns.category(),
  day: columns.date(),
  member: columns.category(),
  note: columns.text({ columns: 16 }),
});
const names = ['note', 'city', 'x', 'day', 'member', 'few'];

/** A model with random parameters. */
async function modelOf(target: string, options: object = {}): Promise<TableModel> {
  const fitted = await steps.fit(await table(rows, { kinds }), { target, ...options });
  const layers = [
    parallel(
      [
        [input('numbers'), dense(6, { activation: 'tanh' })],
        [input('words'), dense(6)],
      ],
      { join: 'sum' },
    ),
    dense(fitted.outputs),
  ];
  return new TableModel(network({ inputs: fitted.inputs, layers, seed: 7 }), fitted);
}

/** The mean prediction if all rows had a value, by the definition. */
function meanOf(model: TableModel, column: string, value: unknown, weights?: (row: (typeof rows)[number]) => number) {
  const changed = rows.map((row) => ({ ...row, [column]: value })) as typeof rows;
  const all = model.target.task === 'classification' ? model.predictProbabilities(changed) : model.predict(changed);
  const shares = all.map((one) => (typeof one === 'object' ? (one as Record<string, number>) : { value: Number(one) }));
  const weightOf = weights ?? (() => 1);
  const total = rows.reduce((sum, row) => sum + weightOf(row), 0);
  return Object.fromEntries(
    Object.keys(shares[0]!).map((key) => [
      key,
      rows.reduce((sum, row, i) => sum + (weightOf(row) / total) * shares[i]![key]!, 0),
    ]),
  );
}

test.each([
  ['y', { task: 'regression' }, undefined],
  ['y', { task: 'regression', weight: 'w' }, (row: (typeof rows)[number]) => row.w],
  ['y', { task: 'regression', quantiles: [0.1, 0.9] }, undefined],
  ['kind', {}, undefined],
  ['big', {}, undefined],
] as const)('is the mean prediction of %s with %j if all rows have a value', async (target, options, weights) => {
  const model = await modelOf(target, options);
  const data = await table(rows, { kinds });
  const found = await dependenceOf(model, data, names, kindsOf(data), 1, undefined);
  expect(found.map(({ column, kind }) => [column, kind])).toEqual([
    ['city', 'category'],
    ['x', 'number'],
    ['day', 'date'],
    ['member', 'boolean'],
    ['few', 'number'],
  ]); // not the text
  const differences: number[] = [];
  for (const { column, kind, points } of found)
    for (const { value, prediction } of points) {
      const cell = kind === 'date' ? new Date(value as string) : value;
      const own = typeof prediction === 'object' ? prediction : { value: prediction };
      const expected = meanOf(model, column, cell, weights);
      expect(Object.keys(own).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, x] of Object.entries(own)) differences.push(Math.abs(x - expected[name]!));
    }
  expect(Math.max(...differences)).toBeLessThan(1e-3);
});

test('has twenty numbers between the extremes, all of few ones, and categories by how frequent they are', async () => {
  const data = await table(rows, { kinds });
  const [city, x, day, member, few] = await dependenceOf(
    await modelOf('y', { task: 'regression' }),
    data,
    names,
    kindsOf(data),
    1,
    undefined,
  );
  const values = (one: typeof x) => one!.points.map(({ value }) => value);
  expect(values(city)).toEqual(['Bern', 'Genf', null, 'Chur']);
  expect(values(few)).toEqual([0, 1, 2]);
  expect(values(member)).toEqual([false, true]);
  expect(values(day)).toHaveLength(20);
  expect(values(day)).toEqual([...values(day)].sort());
  const sorted = rows.map((row) => row.x).sort((a, b) => a - b);
  expect(values(x)).toEqual(Array.from({ length: 20 }, (_, i) => sorted[Math.floor(7.5 * (i + 0.5))]));
});

test('a report has it for held-out rows, of the five most important columns', async () => {
  const wide = Array.from({ length: 300 }, (_, i) => {
    const x = Array.from({ length: 7 }, () => random.uniform());
    return { ...Object.fromEntries(x.map((one, j) => [`x${j}`, one])), y: 5 * x[6]! + x[2]! + 0.01 * (i % 3) };
  });
  for (const more of [{}, { validation: 0.3 }]) {
    const { model, report } = await train(await table(wide), { target: 'y', hidden: [], warnings: false, ...more });
    expect(report.dependence.map(({ column }) => column)).toEqual(
      report.importance.slice(0, 5).map(({ column }) => column),
    );
    const [{ column, points }] = report.dependence as [(typeof report.dependence)[number]];
    expect(column).toBe('x6');
    const [first, last] = [points[0]!, points.at(-1)!] as unknown as { value: number; prediction: number }[];
    const slope = (last!.prediction - first!.prediction) / (last!.value - first!.value);
    const own = ([1, 0].map((x6) => model.predict({ ...wide[0], x6 })) as number[]).reduce((a, b) => a - b);
    expect(slope).toBeCloseTo(own, 3);
  }
});
