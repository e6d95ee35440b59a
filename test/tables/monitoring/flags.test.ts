import { distributionsOf } from '../../../lib/tables/monitoring/distributions_of';
import { flagText } from '../../../lib/tables/monitoring/flag';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import type { RowObject } from '../../../lib/tables/readers/rows';
import { loadTableModel, TableModel } from '../../../lib/tables/table_model';
import { train } from '../../../lib/tables/train/train';
import { folders } from '../../support/folders';
import { modelFor, people } from '../../support/people';

const newFolder = folders();

/** A table with a column of each kind, and a network for it. */
async function trainedOnVisits() {
  const rows = Array.from({ length: 300 }, (_, i) => ({
    temperature: 10 + (i % 21),
    start: new Date(Date.UTC(2020, 0, 1 + i)),
    city: ['Bern', 'Basel', 'Chur'][i % 3],
    id: i < 150 ? `id${i}` : 'common',
    note: `${['good', 'bad'][i % 2]} service, ${['warm', 'cold', 'no'][i % 3]} food`,
    height: i % 5 === 0 ? null : 150 + (i % 40),
    left: i % 2 === 0,
    right: i % 3 === 0,
    y: i % 7,
  }));
  const data = await table(rows);
  const steps = pipeline({
    temperature: columns.number(),
    start: columns.date(),
    city: columns.category(),
    id: columns.category({ encode: 'hash' }),
    note: columns.text({ columns: 64 }),
    height: columns.number(),
    both: columns.cross(['left', 'right']),
  });
  const { model } = await train(data, { target: 'y', pipeline: steps, hidden: [], epochs: 1, validation: 0.1 });
  const fitted = await steps.fit(data, { target: 'y', task: 'classification' });
  return { network: model.network, fitted, distributions: await distributionsOf(fitted, data), rows };
}

let visits: Awaited<ReturnType<typeof trainedOnVisits>>;
beforeAll(async () => {
  visits = await trainedOnVisits();
});

const visitsModel = (about: Record<string, unknown> = {}) =>
  new TableModel(visits.network, visits.fitted, { distributions: visits.distributions, ...about });

const usual: RowObject = {
  temperature: 20,
  start: new Date(Date.UTC(2020, 5, 1)),
  city: 'Bern',
  id: 'id1',
  note: 'Good food',
  height: 160,
  left: true,
  right: false,
};

describe('the flags of a row', () => {
  test('name values beyond the range of training, by more than the interquartile range', async () => {
    const model = visitsModel();
    expect(model.flags(usual)).toEqual([]);
    expect(model.flags({ ...usual, temperature: 900 })).toEqual([
      { column: 'temperature', reason: 'beyond range', value: 900, low: 0, high: 40 },
    ]);
    for (const [temperature, count] of [
      [0, 0],
      [-1, 1],
      [40, 0],
      [41, 1],
      ['900', 1],
      [Number.NaN, 1],
    ] as const)
      expect([temperature, model.flags({ ...usual, temperature }).length]).toEqual([temperature, count]);
    const [late] = model.flags({ ...usual, start: new Date(Date.UTC(2030, 0, 1)) });
    expect(late).toMatchObject({ column: 'start', reason: 'beyond range', value: '2030-01-01T00:00:00.000Z' });
    expect(flagText(late!)).toMatch(/^start: 2030-01-01T00:00:00.000Z is above 2021-\d\d-\d\dT/);
  });

  test('name unseen categories, unless many rows have one of their own', async () => {
    const model = visitsModel();
    expect(model.flags({ ...usual, city: 'Paris' })).toEqual([
      { column: 'city', reason: 'unseen category', value: 'Paris' },
    ]);
    expect(model.flags({ ...usual, id: 'id1000' })).toEqual([]);
    expect(model.flags({ ...usual, left: 'perhaps' })).toEqual([
      { column: 'left', reason: 'unseen category', value: 'perhaps' },
    ]);
    expect(model.flags({ ...usual, left: 'true' })).toEqual([]);
  });

  test('name texts in other words', async () => {
    const model = visitsModel();
    const [flag] = model.flags({ ...usual, note: 'lorem ipsum dolor food' });
    expect(flag).toMatchObject({ column: 'note', reason: 'unknown words', value: 0.25 });
    expect(flagText(flag!)).toBe('note: training rows have only 25 % of its words');
    expect(model.flags({ ...usual, note: 'COLD service' })).toEqual([]);
  });

  test('name missing values where training rows have none, and rows without values', async () => {
    const model = visitsModel();
    expect(model.flags({ ...usual, height: null })).toEqual([]);
    expect(model.flags({ ...usual, temperature: undefined })).toEqual([{ column: 'temperature', reason: 'missing' }]);
    const flags = model.flags({});
    expect(flags.map(({ column }) => column)).toEqual([
      'temperature',
      'start',
      'city',
      'id',
      'note',
      'left',
      'right',
      null,
    ]);
    expect(flagText(flags.at(-1)!)).toBe('the row: no column has a value');
  });

  test('name fields that the training table lacked', async () => {
    const model = visitsModel({ report: { kinds: { phone: 'identifier' } } });
    expect(model.flags({ ...usual, phone: 1, y: 2, citty: 'Bern' })).toEqual([
      { column: 'citty', reason: 'unknown field' },
    ]);
  });

  test('are in the order of rows, and of the rows of a table', async () => {
    const model = visitsModel();
    const odd = [usual, { ...usual, temperature: 900, city: 'Paris' }, usual, { ...usual, temperature: -900 }];
    const flags = model.flags(odd);
    expect(flags.map((list) => list.map(({ column }) => column))).toEqual([
      [],
      ['temperature', 'city'],
      [],
      ['temperature'],
    ]);
    expect(flags[1]!.map(flagText)).toEqual(['temperature: 900 is above 40', 'city: no training row has "Paris"']);
    expect(model.flags(await table(odd.map((row) => ({ ...row, more: 1 })))).map((list) => list.length)).toEqual([
      0, 2, 0, 1,
    ]);
    expect(model.flags(await table(visits.rows)).flat()).toEqual([]);
  });

  test('refuse what predict refuses', async () => {
    const model = visitsModel();
    expect(() => model.flags({ ...usual, temperature: 'hot' })).toThrow('column "temperature": Expected a number');
  });
});

describe('distributions', () => {
  test('are those of the training rows and of predictions for others, in the file of a trained model', async () => {
    const file = `${newFolder()}/model.safetensors`;
    const model = await modelFor('plan', 400);
    await model.save(file);
    const read = await loadTableModel(file);
    expect(read.distributions).toEqual(model.distributions);
    const { columns: of, predictions } = read.distributions!;
    expect(Object.keys(of).sort()).toEqual(['age', 'city', 'income']);
    const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
    expect(sum(of.age!.counts)).toBe(288); // without a fifth for the scores and a tenth of the rest
    expect(sum(predictions!.counts)).toBe(80);
    expect(read.flags({ age: 900, city: 'Bern', income: 5000 })).toMatchObject([{ column: 'age' }]);
    expect(read.version()).toBe(model.version());
  });

  test('cover all rows of a small table', async () => {
    const rows = people(120).map(({ age, price }) => ({ age, price }));
    const { model } = await train(await table(rows), { target: 'price', epochs: 2, hidden: [] });
    const { columns: of, predictions } = model.distributions!;
    const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
    expect([sum(of.age!.counts), sum(predictions!.counts)]).toEqual([120, 120]);
    expect(of.age!.counts.at(-1)).toBe(rows.filter(({ age }) => age === null).length);
  });

  test('of a model that lacks them: it predicts, but has nothing to compare with', async () => {
    const model = visitsModel({ distributions: undefined });
    expect(model.predict(usual)).toBeLessThan(7);
    expect(() => model.flags(usual)).toThrow("the model's file has no distributions of its training rows");
  });

  test.each([
    ['no object', 3],
    ['no columns', {}],
    ['a column that is none', { columns: { city: 3 } }],
    [
      'edges that fall',
      { columns: { city: { kind: 'number', counts: [1, 1, 1, 1], edges: [2, 1], low: 0, high: 1 } } },
    ],
    ['too few counts', { columns: { city: { kind: 'number', counts: [1, 1], edges: [1, 2], low: 0, high: 1 } } }],
    ['negative counts', { columns: { city: { kind: 'category', counts: [-1, 0, 0], names: [], seen: [] } } }],
    ['slots out of range', { columns: { city: { kind: 'category', counts: [0, 0, 0], names: [], seen: [65536] } } }],
    ['bits that are cut off', { columns: { city: { kind: 'category', counts: [0, 0, 0], names: [], seen: 'AA==' } } }],
    ['an unknown kind', { columns: { city: { kind: 'colour', counts: [0, 0, 0], edges: [1], low: 0, high: 0 } } }],
    ['damaged predictions', { columns: {}, predictions: { kind: 'number', counts: [1] } }],
  ])('that are damaged are refused: %s', async (_, distributions) => {
    expect(() => visitsModel({ distributions })).toThrow(expect.objectContaining({ code: 'ERR_CORRUPT_FILE' }));
  });

  test('need all columns of the pipeline', async () => {
    const model = visitsModel();
    await expect(distributionsOf(model.pipeline, await table([usual]))).resolves.toBeDefined();
    await expect(distributionsOf(model.pipeline, await table([{ city: 'Bern' }]))).rejects.toThrow('temperature');
  });
});
