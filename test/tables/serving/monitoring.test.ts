import type { TableModel } from '../../../lib/tables/table_model';
import { TableModel as Model } from '../../../lib/tables/table_model';
import { metricsOf, post, started } from '../../support/model_servers';
import { modelFor, people } from '../../support/people';

const models = {} as Record<'plan' | 'price', TableModel>;
beforeAll(async () => {
  for (const target of ['plan', 'price'] as const) models[target] = await modelFor(target);
});
const person = { age: 41, city: 'Bern', income: 5200 };
const rowsOf = (count: number, seed: number) =>
  people(count, seed).map(({ age, city, income }) => ({ age, city, income }));

/** The warnings until the end of a test, as lists of message and options. */
const warnings = () => jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
afterEach(() => jest.restoreAllMocks());

describe('flags of a reply', () => {
  test('are sent on request', async () => {
    const server = await started(models.plan);
    const odd = { age: 900, city: 'Paris' };
    const plain = (await post(server, '/predict', odd)).answer;
    expect(Object.keys(plain)).toEqual(['prediction', 'probabilities']);
    const { answer } = await post(server, '/predict?flags=1', odd);
    expect(answer).toEqual({ ...plain, flags: models.plan.flags(odd) });
    expect(answer.flags.map(({ column, reason }: { column: string; reason: string }) => `${column} ${reason}`)).toEqual(
      ['age beyond range', 'city unseen category', 'income missing'],
    );
    const rows = [...rowsOf(150, 3), odd];
    const many = (await post(server, '/predict?flags=1', rows)).answer;
    expect(many.map(({ flags }: { flags: unknown }) => flags)).toEqual(models.plan.flags(rows));
    expect((await post(server, '/predict?flags=0', odd)).answer).toEqual(plain);
    const wrong = await post(server, '/predict?flags=yes', odd);
    expect([wrong.status, wrong.answer.message]).toEqual([400, 'Expected 0 or 1 for flags but received "yes"']);
  });

  test('are sent without monitoring too, and need distributions', async () => {
    const server = await started(models.price, { monitoring: false });
    expect((await post(server, '/predict?flags=1', { ...person, age: 900 })).answer.flags).toHaveLength(1);
    const { network, pipeline } = await modelFor('price', 60);
    const old = await started(new Model(network, pipeline));
    expect((await post(old, '/predict', person)).status).toBe(200);
    const { status, answer } = await post(old, '/predict?flags=1', person);
    expect([status, answer.message]).toEqual([400, expect.stringContaining('has no distributions')]);
    expect([...(await metricsOf(old)).keys()].filter((name) => /drift|flag/.test(name))).toEqual([]);
  });
});

test('a strict server refuses rows with a flag, and counts them', async () => {
  const server = await started(models.price, { strict: true });
  expect((await post(server, '/predict', person)).status).toBe(200);
  const rows = [...Array.from({ length: 100 }, () => person), { ...person, age: 900, city: 'Paris' }];
  const { status, answer } = await post(server, '/predict', rows);
  expect([status, answer.code]).toEqual([422, 'ERR_FLAGGED']);
  expect(answer.message).toMatch(
    /^row 101 is unlike the training rows: age: 900 is above [\d.]+; city: no training row has "Paris"$/,
  );
  expect((await metricsOf(server)).get('glissade_flagged_rows_total')).toBe(1);
  const { network, pipeline } = await modelFor('price', 60);
  await expect(started(new Model(network, pipeline), { strict: true })).rejects.toThrow('strict: the model');
});

test('counts flags by column and reason; names of unknown fields are not labels', async () => {
  const server = await started(models.price, { lenient: true });
  const odd = [{ ...person, age: 900, citty: 'Bern' }, { ...person, age: -900 }, {}, person];
  const { answer } = await post(server, '/predict?flags=1', odd);
  expect(answer[0].flags[1]).toEqual({ column: 'citty', reason: 'unknown field' });
  const metrics = await metricsOf(server);
  const flags = [...metrics].filter(([name]) => name.startsWith('glissade_flags_total'));
  expect(Object.fromEntries(flags)).toEqual({
    'glissade_flags_total{column="age",reason="beyond range"}': 2,
    'glissade_flags_total{column="",reason="unknown field"}': 1,
    'glissade_flags_total{column="income",reason="missing"}': 1,
    'glissade_flags_total{column="",reason="no values"}': 1,
  });
  expect(metrics.get('glissade_watched_rows_total')).toBe(4);
  expect(metrics.get('glissade_flagged_rows_total')).toBe(3);
});

describe('drift', () => {
  test('of recent rows is in the health, the metrics and a warning, until it has passed', async () => {
    const server = await started(models.plan);
    const warned = warnings();
    const health = async () => (await (await fetch(`${server.url}/health`)).json()).drift;
    await post(server, '/predict', rowsOf(2000, 7));
    expect(await health()).toEqual([]);
    const before = await metricsOf(server);
    expect(before.get('glissade_drift_distance{column="income"}')).toBeLessThan(0.1);
    expect(before.get('glissade_drift_rows')).toBeGreaterThan(1000);
    const inThousands = rowsOf(500, 8).map((row) => ({ ...row, income: row.income / 1000 }));
    await post(server, '/predict', inThousands);
    expect(await health()).toContain('income');
    expect(await health()).not.toContain('age');
    const after = await metricsOf(server);
    expect(after.get('glissade_drifted{column="income"}')).toBe(1);
    expect(after.get('glissade_drifted{column="age"}')).toBe(0);
    expect(after.get('glissade_drift_distance{column="income"}')).toBeGreaterThan(1);
    await post(server, '/predict', inThousands);
    const messages = warned.mock.calls.map(([message]) => String(message));
    expect(messages.filter((message) => message.includes('income'))).toHaveLength(1);
    expect(messages[0]).toMatch(/^recent rows differ from the training rows in the columns? "income"/);
    expect(warned.mock.calls[0]![1]).toMatchObject({ code: 'GLISSADE_DRIFT' });
    await post(server, '/predict', rowsOf(6000, 9));
    expect(await health()).toEqual([]);
  });

  test('of the predictions has the name of the target', async () => {
    const server = await started(models.price);
    warnings();
    const rich = rowsOf(3000, 11).filter(({ age, income }) => age !== null && age > 50 && income > 6000);
    await post(server, '/predict', rich.slice(0, 500));
    expect((await (await fetch(`${server.url}/health`)).json()).drift).toContain('price');
    expect((await metricsOf(server)).get('glissade_drift_distance{column="price"}')).toBeGreaterThan(0.25);
  });

  test('is not measured without monitoring', async () => {
    const server = await started(models.price, { monitoring: false });
    await post(server, '/predict', rowsOf(500, 1));
    expect(await (await fetch(`${server.url}/health`)).json()).not.toHaveProperty('drift');
    expect([...(await metricsOf(server)).keys()].filter((name) => /drift|flag/.test(name))).toEqual([]);
  });
});
